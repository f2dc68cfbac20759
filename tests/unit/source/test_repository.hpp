#pragma once

#include "operator/source/child.hpp"
#include "tests/unit/source/temporary_folder.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::testing {

/// A real repository with a branch "main", served over file://.
class TestRepository {
  public:
    TestRepository() { git({"init", "-q", "-b", "main"}); }

    [[nodiscard]] std::string url() const { return "file://" + files.path().string(); }

    /// Commits everything that lies in `files`; returns the commit's id.
    std::string commit(std::string_view message = "change") {
        git({"add", "-A"});
        git({"commit", "-q", "--allow-empty", "-m", std::string(message)});
        return head();
    }
    std::string commit(std::string_view path, std::string_view text) {
        files.write(path, text);
        return commit();
    }
    /// `count` commits without changes on the branch, which is checked out, at once.
    void grow(int count, const std::string& branch = "main") {
        std::string stream;
        const auto parent = head();
        for (int i = 0; i < count; ++i) {
            stream += "commit refs/heads/" + branch + "\ncommitter t <t@localhost> " +
                      std::to_string(1'700'000'000 + i) + " +0000\ndata 1\nx\n";
            if (i == 0) {
                stream += "from " + parent + "\n";
            }
        }
        git({"fast-import", "--quiet"}, stream);
    }
    [[nodiscard]] std::string head() { return git({"rev-parse", "HEAD"}).substr(0, 40); }

    std::string git(std::vector<std::string> arguments, std::string input = {}) {
        source::Command command;
        command.program = "git";
        command.arguments = {
            "-C", files.path().string(), "-c", "user.name=t", "-c", "user.email=t@localhost"};
        command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        command.environment = {
            "PATH=/usr/local/bin:/usr/bin:/bin",
            "HOME=" + files.path().string(),
            "GIT_CONFIG_NOSYSTEM=1"};
        command.input = std::move(input);
        auto done = source::run_child(command);
        if (!done || done->status != 0) {
            throw std::runtime_error("git " + arguments.front() + " failed");
        }
        return done->output;
    }

    TemporaryFolder files;
};

}  // namespace wavegate::testing
