#pragma once

#include "operator/source/git_source.hpp"
#include "operator/source/git_stack_repositories.hpp"
#include "tests/real/support/server_process.hpp"
#include "tests/support/driver.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/unit/source/test_repository.hpp"

#include <memory>
#include <string>

namespace wavegate::roads {

/// How a repository is reached, and what opens it.
struct Way {
    source::Remote remote;  ///< its url is the folder's, to which "/fleet.git" is added
    std::string token;      ///< for https
};

/// A bare repository with a desired state and a stack's file, people who work on it, and the
/// operator that reads it and commits to it.
class Repository {
  public:
    Repository();

    /// The folder in which fleet.git lies.
    [[nodiscard]] std::string root() const { return server_.path(); }

    /// One look at the desired state, by a source that was made for it.
    Result<Revision> fetch(const Way& way);
    /// A source, for more than one look.
    std::unique_ptr<source::GitSource> source(const Way& way);
    Result<Revision> fetch(source::GitSource& from, std::string last);

    Result<BranchHead> head(const Way& way, const std::string& name = "fleet.git");
    Result<void> push(const Way& way, const std::string& expected, const std::string& text);

    /// Somebody else's commit.
    std::string commit(const std::string& path, const std::string& text);
    std::string head_now();
    /// Somebody moves the branch to a commit that is there.
    void set_back(const std::string& commit);
    /// A hook of the server's.
    void hook(const std::string& name, const std::string& script);
    void set_deadline(std::chrono::milliseconds deadline) { deadline_ = deadline; }

  private:
    source::StackRepositorySettings settings(const Way& way);

    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    testing::TestRepository people_;
    testing::TempFolder server_{"wavegate-repositories"};
    testing::InlineBlocking blocking_;
    testing::FixedCredentials credentials_;
    std::chrono::milliseconds deadline_{30'000};
};

}  // namespace wavegate::roads
