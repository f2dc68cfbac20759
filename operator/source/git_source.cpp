#include "operator/source/git_source.hpp"

#include "operator/base/text.hpp"
#include "operator/source/git_remote.hpp"
#include "operator/source/git_tree.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace wavegate::source {
namespace {

constexpr int kFirstDeepening = 50;
constexpr int kDeepeningFactor = 5;

/// "fleet" of "./fleet/"; empty for the whole tree.
std::string inner_path(std::string_view path) {
    if (path.starts_with("./")) {
        path.remove_prefix(2);
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path == "." ? std::string() : std::string(path);
}

}  // namespace

Result<void> check_settings(const GitSettings& settings) {
    if (!is_branch(settings.branch)) {
        return Error(ErrorKind::Invalid, "the branch's name is not one that git takes");
    }
    const std::string_view path = settings.path;
    if (path.empty() || path.starts_with('/') || path.find("..") != std::string_view::npos) {
        return Error(ErrorKind::Invalid, "the source's path must be relative and stay inside");
    }
    return check_remote(settings.remote);
}

/// The local copy, and what one fetch does with it: all of it blocks.
class GitSource::Copy {
  public:
    explicit Copy(GitSettings settings) : settings_(std::move(settings)) {}

    Result<Revision> fetch(const std::string& last, const SecretValue& token) {
        token_ = token;
        auto revision = fetch_now(last);
        token_ = nullptr;
        return revision;
    }

  private:
    Result<Revision> fetch_now(const std::string& last);
    Result<Finished> git(std::vector<std::string> arguments, std::string input = {});
    Result<void> deepen(int depth) {
        return fetch_branch(remote_git(), settings_.remote, settings_.branch, depth);
    }
    RunGit remote_git() {
        return [this](std::vector<std::string> arguments) { return git(std::move(arguments)); };
    }
    Result<std::string> fetched_head();
    Result<Revision> read_head();
    Result<Revision> read(const std::string& commit);
    Result<bool> is_whole(const std::string& commit);
    Result<Ancestry> ancestry(const std::string& last, const std::string& commit);
    Result<Ancestry> unknown(const std::string& commit);

    /// A commit whose files are not read, however often it is fetched.
    struct Refused {
        std::string commit;
        Error error;
    };

    GitSettings settings_;
    std::optional<GitRepository> repository_;
    std::optional<Refused> refused_;
    std::optional<Revision> newest_;         // the head when last fetched
    std::optional<std::string> related_to_;  // which `last` its ancestry speaks of
    SecretValue token_;
};

Result<Finished> GitSource::Copy::git(std::vector<std::string> arguments, std::string input) {
    auto command = repository_->command(settings_.remote, token_, std::move(arguments));
    command.input = std::move(input);
    command.deadline = settings_.deadline;
    command.output_limit = settings_.limits.total_bytes * 2 + (8U << 20U);
    return run_child(command);
}

Result<std::string> GitSource::Copy::fetched_head() {
    auto named =
        git({"rev-parse", "--verify", "--end-of-options", std::string(kHead) + "^{commit}"});
    if (!named) {
        return named.take_error();
    }
    std::string id(trim(named->output));
    if (named->status != 0 || !is_commit(id)) {
        return Error(ErrorKind::Protocol, "the branch's head is no commit");
    }
    return id;
}

Result<Revision> GitSource::Copy::read(const std::string& commit) {
    const auto inner = inner_path(settings_.path);
    const auto tree = commit + "^{tree}";
    auto listed = git(
        {"ls-tree",
         "-r",
         "-z",
         "--long",
         "--full-tree",
         inner.empty() ? tree : commit + ":" + inner});
    if (!listed) {
        return listed.take_error();
    }
    if (listed->status != 0) {
        return Error(ErrorKind::NotFound, "the repository has no folder at the source's path");
    }
    auto blobs = parse_tree(listed->output, settings_.limits);
    if (!blobs) {
        refused_ = Refused{commit, blobs.error()};
        return blobs.take_error();
    }
    std::string objects;
    for (const auto& blob : *blobs) {
        objects += blob.object + "\n";
    }
    auto contents = git({"cat-file", "--batch"}, std::move(objects));
    if (!contents) {
        return contents.take_error();
    }
    auto files = parse_contents(*blobs, contents->output);
    if (!files) {
        return files.take_error();
    }
    Revision revision;
    revision.id = commit;
    revision.files = std::move(*files);
    if (auto some = require_files(revision); !some) {
        return some.take_error();
    }
    return revision;
}

Result<Ancestry> GitSource::Copy::ancestry(const std::string& last, const std::string& commit) {
    if (last.empty()) {
        return Ancestry::First;
    }
    if (last == commit) {
        return Ancestry::Same;
    }
    if (!is_commit(last)) {
        return Ancestry::Unknown;
    }
    // Deeper and deeper, since the last revision is nearly always just below the head.
    for (int depth = std::min(kFirstDeepening, settings_.history);;
         depth = std::min(depth * kDeepeningFactor, settings_.history)) {
        if (auto deepened = deepen(depth); !deepened) {
            return deepened.take_error();
        }
        auto descends = git({"merge-base", "--is-ancestor", last, commit});
        if (!descends) {
            return descends.take_error();
        }
        if (descends->status == 0) {
            return Ancestry::Descends;
        }
        auto whole = is_whole(commit);
        if (!whole) {
            return whole.take_error();
        }
        if (*whole) {
            return Ancestry::Diverged;
        }
        if (depth >= settings_.history) {
            return unknown(commit);
        }
    }
}

/// The ancestry of what was searched as far as it may be; no answer when other commits were.
Result<Ancestry> GitSource::Copy::unknown(const std::string& commit) {
    auto head = fetched_head();
    if (!head) {
        return head.take_error();
    }
    if (*head != commit) {
        return Error(ErrorKind::Unavailable, "the branch moved on while its history was read");
    }
    return Ancestry::Unknown;
}

/// Is all of the commit's history here, with no end that only our depth cut off?
Result<bool> GitSource::Copy::is_whole(const std::string& commit) {
    auto ends = git({"rev-list", "--max-parents=0", commit});
    if (!ends) {
        return ends.take_error();
    }
    // One id a line, also of cuts in histories that the branch has left (gitrepository-layout).
    std::ifstream cuts(repository_->folder() + "/shallow");
    for (std::string cut; std::getline(cuts, cut);) {
        if (ends->output.find(cut) != std::string::npos) {
            return false;
        }
    }
    return ends->status == 0;
}

Result<Revision> GitSource::Copy::read_head() {
    if (auto fetched = deepen(1); !fetched) {
        return fetched.take_error();
    }
    auto commit = fetched_head();
    if (!commit) {
        return commit.take_error();
    }
    return read(*commit);
}

Result<Revision> GitSource::Copy::fetch_now(const std::string& last) {
    if (!repository_) {
        auto made = GitRepository::create(settings_.work_folder);
        if (!made) {
            return made.take_error();
        }
        repository_.emplace(std::move(*made));
    }
    auto head = remote_head(remote_git(), settings_.remote, settings_.branch);
    if (!head) {
        return head.take_error();
    }
    if (refused_ && refused_->commit == head->commit) {
        return refused_->error;
    }
    if (!newest_ || newest_->id != head->commit) {
        auto revision = read_head();
        if (!revision) {
            return revision.take_error();
        }
        newest_ = std::move(*revision);
        related_to_.reset();
    }
    // A revision that is refused stays the newest for long: its history is searched once.
    if (related_to_ != last) {
        auto related = ancestry(last, newest_->id);
        if (!related) {
            return related.take_error();
        }
        newest_->ancestry = *related;
        related_to_ = last;
    }
    return *newest_;
}

GitSource::GitSource(GitSettings settings, Blocking& blocking, Credentials& credentials)
    : settings_(std::move(settings)),
      blocking_(blocking),
      credentials_(credentials),
      copy_(std::make_shared<Copy>(settings_)) {}

GitSource::~GitSource() = default;

Task<Revision> GitSource::fetch(std::string last) {
    if (auto good = check_settings(settings_); !good) {
        co_return good.take_error().in("git");
    }
    SecretValue token;
    if (!settings_.token.empty()) {
        auto resolved = co_await credentials_.resolve(settings_.token, settings_.remote.url);
        if (!resolved) {
            co_return resolved.take_error().in("git");
        }
        token = std::move(*resolved);
    }
    std::function<Result<Revision>()> work = [copy = copy_, last = std::move(last), token] {
        return copy->fetch(last, token);
    };
    auto revision = co_await run_blocking(blocking_, std::move(work));
    if (!revision) {
        co_return revision.take_error().in("git");
    }
    co_return std::move(*revision);
}

}  // namespace wavegate::source
