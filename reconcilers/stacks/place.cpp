#include "reconcilers/stacks/place.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::stacks {
namespace {

/// Why a commit to this stack's branch is out of the question; empty when it is not.
std::string why_no_commit(const StackView& stack, const std::vector<StackView>& all) {
    if (!stack.git->on_branch()) {
        return fmt::format("its reference {} is no branch", stack.git->reference);
    }
    const auto* other = shares_branch(all, stack);
    if (other == nullptr) {
        return {};
    }
    return fmt::format(
        "stack {} {} the same branch of the repository, and would get the commit too",
        other->name,
        other->git->auto_update ? "polls" : "is deployed from");
}

/// A commit as people write it.
std::string shortened(const std::string& commit) {
    return commit.empty() ? "nothing that is known" : commit.substr(0, 10);
}

}  // namespace

Repository repository_of(
    const StackView& stack,
    const DesiredState& desired,
    const Observed& observed,
    const std::set<std::string>& own_heads) {
    Repository found;
    if (stack.kind == StackKind::String) {
        found.commits = true;  // the file is sent with the write
        return found;
    }
    if (!desired.fleet.stack_repo || !stack.git) {
        return found;
    }
    found.no_commit = why_no_commit(stack, *observed.stacks);
    found.commits = found.no_commit.empty();
    if (!stack.git->on_branch()) {
        return found;
    }
    const auto seen = observed.heads.find(stack.name);
    if (seen == observed.heads.end()) {
        found.state = Repository::State::Unasked;
        return found;
    }
    if (!seen->second.ok()) {
        found.state = Repository::State::Unreadable;
        found.message =
            fmt::format("its repository can't be read: {}", seen->second.error().message());
        return found;
    }
    found.head = &*seen->second;
    if (found.head->commit == stack.git->config_hash) {
        found.state = Repository::State::Deployed;
    } else if (own_heads.contains(stack.name)) {
        found.state = Repository::State::Ours;
    } else {
        found.state = Repository::State::Ahead;
        found.message = fmt::format(
            "its branch is at {}, {} is deployed: redeploy the stack, or take the commit back",
            shortened(found.head->commit),
            shortened(stack.git->config_hash));
    }
    return found;
}

std::shared_ptr<const StackView> next_deployment(
    const StackView& stack,
    const Repository& repository) {
    auto next = std::make_shared<StackView>(stack);
    if (repository.state == Repository::State::Deployed ||
        repository.state == Repository::State::Ours) {
        next->file = repository.head->file;
    }
    return next;
}

}  // namespace wavegate::stacks
