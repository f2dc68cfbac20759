#include "operator/sandbox/program/bare_repository.hpp"

#include "operator/base/text.hpp"
#include "operator/source/child.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace wavegate::sandbox {
namespace {

class BareRepository final : public GitDisk {
  public:
    explicit BareRepository(std::string folder) : folder_(std::move(folder)) {
        std::filesystem::create_directories(folder_);
        run({"init", "-q", "--bare", "-b", "main", "."});
    }

    std::string commit(const std::string& branch, const GitRepository::Files& changes) override {
        const auto name = "refs/heads/" + branch;
        const auto parent = head(name);
        run(parent.empty() ? Words{"read-tree", "--empty"} : Words{"read-tree", parent});
        for (const auto& [path, content] : changes) {
            const auto blob = git({"hash-object", "-w", "--stdin"}, content);
            run({"update-index", "--add", "--cacheinfo", fmt::format("100644,{},{}", blob, path)});
        }
        const auto tree = git({"write-tree"});
        Words words{"commit-tree", "-m", "change of the stack", tree};
        if (!parent.empty()) {
            words.insert(words.end(), {"-p", parent});
        }
        auto made = git(std::move(words));
        run({"update-ref", name, made});
        return made;
    }

    std::optional<GitRepository::Commit> newer(const std::string& branch, const std::string& known)
        override {
        GitRepository::Commit commit;
        commit.hash = head("refs/heads/" + branch);
        if (commit.hash == known || commit.hash.empty()) {
            return std::nullopt;
        }
        std::istringstream paths(git({"ls-tree", "-r", "--name-only", commit.hash}));
        for (std::string path; std::getline(paths, path);) {
            commit.files[path] = text_of({"cat-file", "blob", commit.hash + ":" + path});
        }
        return commit;
    }

  private:
    using Words = std::vector<std::string>;

    [[nodiscard]] std::string head(const std::string& name) const {
        return git({"for-each-ref", "--format=%(objectname)", name});
    }
    void run(Words words) const { static_cast<void>(text_of(std::move(words))); }
    [[nodiscard]] std::string git(Words words, std::string input = {}) const {
        return std::string(trim(text_of(std::move(words), std::move(input))));
    }
    /// The output as it is. That a local repository can't be written ends the sandbox.
    [[nodiscard]] std::string text_of(Words words, std::string input = {}) const {
        source::Command command;
        command.program = "git";
        command.environment = {
            "PATH=/usr/local/bin:/usr/bin:/bin",
            "HOME=" + folder_,
            "GIT_DIR=" + folder_,
            "GIT_CONFIG_NOSYSTEM=1",
            "GIT_AUTHOR_NAME=somebody",
            "GIT_AUTHOR_EMAIL=somebody@localhost",
            "GIT_COMMITTER_NAME=somebody",
            "GIT_COMMITTER_EMAIL=somebody@localhost"};
        command.arguments = {"-C", folder_};
        command.arguments.insert(command.arguments.end(), words.begin(), words.end());
        command.input = std::move(input);
        auto done = source::run_child(command);
        if (!done || done->status != 0) {
            throw std::runtime_error("sandbox: git " + words.front() + " failed");
        }
        return std::move(done->output);
    }

    std::string folder_;
};

}  // namespace

std::unique_ptr<GitDisk> make_bare_repository(const std::string& url) {
    constexpr std::string_view scheme = "file://";
    return std::make_unique<BareRepository>(url.substr(scheme.size()));
}

}  // namespace wavegate::sandbox
