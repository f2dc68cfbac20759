#include "operator/source/git_stack_repositories.hpp"

#include "operator/base/text.hpp"
#include "operator/source/branch_copy.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace wavegate::source {
namespace {

constexpr std::string_view kBranches = "refs/heads/";

NewCommit commit_of(const BranchCommit& write, const std::string& author, Time now) {
    NewCommit commit;
    commit.expected = write.parent;
    commit.text = write.text;
    commit.message = write.message;
    const auto open = author.rfind('<');
    commit.author_name = trim(author.substr(0, open));
    commit.author_address = open == std::string::npos
                                ? std::string()
                                : author.substr(open + 1, author.size() - open - 2);
    commit.date = std::chrono::duration_cast<std::chrono::seconds>(now.wall.time_since_epoch());
    return commit;
}

wavegate::GitSource source_of(const BranchCommit& write) {
    wavegate::GitSource git;
    git.url = write.url;
    git.reference = write.reference;
    git.config_path = write.path;
    return git;
}

}  // namespace

GitStackRepositories::GitStackRepositories(
    StackRepositorySettings settings,
    Blocking& blocking,
    Credentials& credentials,
    Clock& clock)
    : settings_(std::move(settings)),
      blocking_(blocking),
      credentials_(credentials),
      clock_(clock) {}

Task<SecretValue> GitStackRepositories::token_for(std::string url) {
    if (is_ssh(url)) {
        co_return SecretValue();
    }
    if (settings_.spec.token.empty()) {
        co_return Error(ErrorKind::Invalid, "has no tokenRef, which an https repository needs");
    }
    const bool local = !url.starts_with("https://") && !url.starts_with("http://");
    auto token = co_await credentials_.resolve(settings_.spec.token, std::move(url));
    if (token && local) {
        // A folder of this machine is a stack's repository only where operator.yaml names it as
        // one, and is shown no token.
        co_return SecretValue();
    }
    co_return token;
}

Task<std::string> GitStackRepositories::key_for(std::string url) {
    constexpr std::string_view file = "file:";
    const auto& key = settings_.spec.ssh_key;
    if (!is_ssh(url)) {
        co_return std::string();
    }
    if (!key.text.starts_with(file)) {
        co_return Error(ErrorKind::Invalid, "has no sshKeyRef, which an ssh repository needs");
    }
    // May it be used for that host? Its content is for ssh to read.
    auto allowed = co_await credentials_.resolve(key, std::move(url));
    if (!allowed) {
        co_return allowed.take_error();
    }
    co_return key.text.substr(file.size());
}

Task<BranchFile> GitStackRepositories::place_of(wavegate::GitSource git) {
    auto token = co_await token_for(git.url);
    if (!token) {
        co_return token.take_error();
    }
    auto key = co_await key_for(git.url);
    if (!key) {
        co_return key.take_error();
    }
    BranchFile place;
    place.remote.url = git.url;
    // It may have a token, so operator.yaml lists its origin.
    place.remote.plain_http = git.url.starts_with("http://") && *token != nullptr;
    place.remote.username = settings_.spec.username;
    place.remote.ssh.key = std::move(*key);
    place.remote.ssh.known_hosts = settings_.known_hosts;
    place.remote.road = settings_.road;
    place.token = std::move(*token);
    place.branch = git.reference.empty() ? std::string() : git.reference.substr(kBranches.size());
    place.path = git.config_path;
    place.work_folder = settings_.work_folder;
    co_return std::move(place);
}

Task<BranchHead> GitStackRepositories::head(wavegate::GitSource git) {
    if (!git.on_branch()) {
        co_return Error(ErrorKind::Invalid, "the stack's reference is no branch");
    }
    auto place = co_await place_of(git);
    if (!place) {
        co_return place.take_error().in("stackRepo");
    }
    const auto key = git.url + "\n" + git.reference + "\n" + git.config_path;
    std::optional<BranchHead> known;
    if (const auto found = known_.find(key); found != known_.end()) {
        known = found->second;
    }
    std::function<Result<BranchHead>()> work =
        [place = std::move(*place), known = std::move(known)] { return read_head(place, known); };
    auto head = co_await run_blocking(blocking_, std::move(work));
    if (!head) {
        co_return head.take_error().in("stackRepo");
    }
    known_[key] = *head;
    co_return std::move(*head);
}

Task<Permit> GitStackRepositories::push(Permit permit) {
    const auto* stack = permit.as<StackWrite>();
    const bool fit = stack != nullptr && stack->commit && is_commit(stack->commit->parent);
    if (!fit) {
        co_return Error(ErrorKind::Invalid, "stackRepo: no commit to a stack's branch");
    }
    auto git = source_of(*stack->commit);
    if (!git.on_branch()) {
        co_return Error(ErrorKind::Invalid, "stackRepo: the stack's reference is no branch");
    }
    auto place = co_await place_of(std::move(git));
    if (!place) {
        co_return place.take_error().in("stackRepo");
    }
    auto commit = commit_of(*stack->commit, settings_.spec.author, clock_.now());
    std::function<Result<void>()> work = [place = std::move(*place), commit = std::move(commit)] {
        return push_commit(place, commit);
    };
    auto pushed = co_await run_blocking(blocking_, std::move(work));
    if (!pushed) {
        co_return pushed.take_error().in("stackRepo");
    }
    co_return std::move(permit).committed();
}

}  // namespace wavegate::source
