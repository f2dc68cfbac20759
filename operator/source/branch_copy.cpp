#include "operator/source/branch_copy.hpp"

#include "operator/base/text.hpp"
#include "operator/source/git_remote.hpp"
#include "operator/source/git_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace wavegate::source {
namespace {

Result<void> check(const BranchFile& place) {
    const std::string_view path = place.path;
    const bool inside = !path.empty() && !path.starts_with('/') && !path.starts_with(':') &&
                        path.find("..") == std::string_view::npos &&
                        path.find('\0') == std::string_view::npos;
    if (!inside) {
        return Error(ErrorKind::Invalid, "the stack's file must lie inside its repository");
    }
    if (!place.branch.empty() && !is_branch(place.branch)) {
        return Error(ErrorKind::Invalid, "the branch's name is not one that git takes");
    }
    return check_remote(place.remote);
}

struct Entry {
    std::string mode;
    std::string object;
    std::size_t bytes = 0;
};

/// "<mode> <type> <object> <size>\t<path>\0" of `git ls-tree -z --long`; nothing for no entry.
std::optional<Entry> parse_entry(const std::string& listing) {
    std::istringstream words(listing.substr(0, listing.find('\t')));
    Entry entry;
    std::string type;
    words >> entry.mode >> type >> entry.object >> entry.bytes;
    return words && type == "blob" ? std::optional(entry) : std::nullopt;
}

/// The reason in "! <from>:<to> [remote rejected] (pre-receive hook declined)", and what the server
/// printed, which git passes on behind "remote: ".
std::string words_of(const Finished& finished) {
    constexpr std::string_view rejected = "[remote rejected]";
    constexpr std::string_view remote = "remote:";
    std::string said;
    const auto at = finished.output.find(rejected);
    if (at != std::string::npos) {
        const auto reason = at + rejected.size();
        said = finished.output.substr(reason, finished.output.find('\n', reason) - reason);
    }
    std::istringstream lines(finished.complaint);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(remote)) {
            said += " " + line.substr(remote.size());
        }
    }
    return said;
}

/// A protected branch or a hook: it stays so until somebody changes something there.
Error refusal_of(const Finished& finished, const SecretValue& token) {
    const auto said = words_of(finished);
    bool shows_token = false;
    if (token) {
        token->reveal([&](std::string_view value) {
            shows_token = !value.empty() && said.find(value) != std::string::npos;
        });
    }
    const auto words = shows_token ? std::string() : their_words(said);
    std::string message = "the repository refuses the push (protected, or a hook)";
    return {ErrorKind::Denied, words.empty() ? message : message + ": " + words};
}

/// What a push that failed means. The server's own words decide first: a hook may say anything.
Error push_error(const Finished& finished, const Remote& remote, const SecretValue& token) {
    const auto says = [&](std::string_view phrase) {
        return finished.output.find(phrase) != std::string::npos;
    };
    // The last but one is a race that was lost on the server, behind its look at the lease.
    for (const auto* moved :
         {"stale info",
          "fetch first",
          "non-fast-forward",
          "cannot lock ref",
          "failed to update ref",
          "failed to lock"}) {
        if (says(moved)) {
            return {ErrorKind::Conflict, "the branch moved on"};
        }
    }
    if (says("[remote rejected]")) {
        return refusal_of(finished, token);
    }
    auto error = remote_error(finished, remote);
    const bool sure = error.kind() == ErrorKind::Denied || error.kind() == ErrorKind::NotFound;
    return std::move(error).with_effect(sure ? Effect::None : Effect::Maybe);
}

/// A private copy of the newest commits of the branch, for one exchange.
class BranchCopy {
  public:
    static Result<BranchCopy> open(const BranchFile& place) {
        if (auto good = check(place); !good) {
            return good.take_error();
        }
        auto made = GitRepository::create(place.work_folder);
        if (!made) {
            return made.take_error();
        }
        return BranchCopy(place, std::move(*made));
    }

    /// The remote's head; learns the default branch's name on the way.
    Result<std::string> remote_head();
    /// The newest `depth` commits; the head, which may be newer than the one that was asked for.
    Result<std::string> fetch(int depth);
    Result<Entry> entry(const std::string& commit);
    Result<BranchHead> describe(const std::string& commit);
    Result<std::string> commit_on_top(const NewCommit& commit, const Entry& entry);
    Result<void> push(const std::string& made, const std::string& expected);

  private:
    BranchCopy(const BranchFile& place, GitRepository repository)
        : place_(&place), branch_(place.branch), repository_(std::move(repository)) {}

    Result<Finished> run(Command command) {
        command.deadline = place_->deadline;
        command.output_limit = place_->file_limit + (1U << 20U);
        return run_child(command);
    }
    Result<Finished> git(std::vector<std::string> arguments) {
        return run(repository_.command(place_->remote, place_->token, std::move(arguments)));
    }
    Result<Finished> local(std::vector<std::string> arguments) {
        return run(repository_.command({}, nullptr, std::move(arguments)));
    }
    RunGit remote_git() {
        return [this](std::vector<std::string> arguments) { return git(std::move(arguments)); };
    }
    /// The one line that a local command answers with.
    Result<std::string> line(std::vector<std::string> arguments, std::string input = {});
    Result<std::string> line_of(Command command);

    const BranchFile* place_;
    std::string branch_;
    GitRepository repository_;
};

Result<std::string> BranchCopy::line_of(Command command) {
    auto done = run(std::move(command));
    if (!done) {
        return done.take_error();
    }
    if (done->status != 0) {
        return unreadable_output();
    }
    return std::string(trim(done->output));
}

Result<std::string> BranchCopy::line(std::vector<std::string> arguments, std::string input) {
    auto command = repository_.command({}, nullptr, std::move(arguments));
    command.input = std::move(input);
    return line_of(std::move(command));
}

Result<std::string> BranchCopy::remote_head() {
    auto head = source::remote_head(remote_git(), place_->remote, branch_);
    if (!head) {
        return head.take_error();
    }
    branch_ = std::move(head->branch);
    return std::move(head->commit);
}

Result<std::string> BranchCopy::fetch(int depth) {
    if (auto done = fetch_branch(remote_git(), place_->remote, branch_, depth); !done) {
        return done.take_error();
    }
    return line({"rev-parse", "--verify", "--end-of-options", std::string(kHead) + "^{commit}"});
}

Result<Entry> BranchCopy::entry(const std::string& commit) {
    auto listed = local({"ls-tree", "-z", "--long", "--full-tree", commit, "--", place_->path});
    if (!listed) {
        return listed.take_error();
    }
    if (listed->status != 0 || listed->output.empty()) {
        return Error(ErrorKind::NotFound, "the stack's file is not on its branch");
    }
    auto found = parse_entry(listed->output);
    const bool plain = found && found->mode.starts_with("100");
    if (!plain || found->bytes > place_->file_limit) {
        return Error(ErrorKind::Invalid, "the stack's file is no plain file of a bearable size");
    }
    return *found;
}

Result<BranchHead> BranchCopy::describe(const std::string& commit) {
    auto found = entry(commit);
    if (!found) {
        return found.take_error();
    }
    auto text = local({"cat-file", "blob", found->object});
    auto parents = line({"rev-list", "--parents", "--max-count=1", commit});
    if (!text || !parents) {
        return text ? parents.take_error() : text.take_error();
    }
    if (text->status != 0 || text->output.size() != found->bytes) {
        return unreadable_output();
    }
    BranchHead head;
    head.commit = commit;
    head.file = std::make_shared<const std::string>(std::move(text->output));
    const auto rest = parents->substr(std::min(parents->size(), commit.size() + 1));
    if (!is_commit(rest)) {
        return head;  // the first commit, or a merge
    }
    head.parent = rest;
    auto changed = local({"diff-tree", "-r", "-z", "--name-only", "--no-renames", rest, commit});
    if (!changed) {
        return changed.take_error();
    }
    head.file_alone = changed->output == place_->path + '\0';
    return head;
}

/// Built in the repository's own index, so that nothing of the tree is checked out.
Result<std::string> BranchCopy::commit_on_top(const NewCommit& commit, const Entry& entry) {
    auto blob = line({"hash-object", "-w", "--stdin"}, commit.text);
    if (!blob) {
        return blob.take_error();
    }
    for (auto& arguments : std::vector<std::vector<std::string>>{
             {"read-tree", commit.expected},
             {"update-index", "--cacheinfo", entry.mode + "," + *blob + "," + place_->path}}) {
        if (auto done = line(std::move(arguments)); !done) {
            return done.take_error();
        }
    }
    auto tree = line({"write-tree"});
    if (!tree) {
        return tree.take_error();
    }
    auto command =
        repository_.command({}, nullptr, {"commit-tree", *tree, "-p", commit.expected, "-F", "-"});
    command.input = commit.message;
    const auto date = std::to_string(commit.date.count()) + " +0000";
    for (const auto* role : {"AUTHOR", "COMMITTER"}) {
        command.environment.push_back(fmt::format("GIT_{}_NAME={}", role, commit.author_name));
        command.environment.push_back(fmt::format("GIT_{}_EMAIL={}", role, commit.author_address));
        command.environment.push_back(fmt::format("GIT_{}_DATE={}", role, date));
    }
    return line_of(std::move(command));
}

Result<void> BranchCopy::push(const std::string& made, const std::string& expected) {
    const auto name = "refs/heads/" + branch_;
    // The lease makes the server compare; without it a branch that was set back would be taken.
    auto pushed = git(
        {"push",
         "--porcelain",
         "--force-with-lease=" + name + ":" + expected,
         "--",
         place_->remote.url,
         made + ":" + name});
    if (!pushed) {
        const bool late = pushed.error().kind() == ErrorKind::Timeout;
        return pushed.take_error().with_effect(late ? Effect::Maybe : Effect::None);
    }
    if (pushed->status != 0) {
        return push_error(*pushed, place_->remote, place_->token);
    }
    return {};
}

}  // namespace

Result<BranchHead> read_head(const BranchFile& place, const std::optional<BranchHead>& known) {
    auto copy = BranchCopy::open(place);
    if (!copy) {
        return copy.take_error();
    }
    auto commit = copy->remote_head();
    if (!commit) {
        return commit.take_error();
    }
    if (known && known->commit == *commit) {
        return *known;
    }
    auto fetched = copy->fetch(2);
    if (!fetched) {
        return fetched.take_error();
    }
    return copy->describe(*fetched);
}

Result<void> push_commit(const BranchFile& place, const NewCommit& commit) {
    auto copy = BranchCopy::open(place);
    if (!copy) {
        return copy.take_error();
    }
    auto head = copy->remote_head();
    if (!head) {
        return head.take_error();
    }
    auto fetched = copy->fetch(1);
    if (!fetched) {
        return fetched.take_error();
    }
    if (*head != commit.expected || *fetched != commit.expected) {
        return Error(ErrorKind::Conflict, "the branch moved on");
    }
    auto entry = copy->entry(commit.expected);
    if (!entry) {
        return entry.take_error();
    }
    auto made = copy->commit_on_top(commit, *entry);
    if (!made) {
        return made.take_error();
    }
    if (!is_commit(*made)) {
        return unreadable_output();
    }
    return copy->push(*made, commit.expected);
}

}  // namespace wavegate::source
