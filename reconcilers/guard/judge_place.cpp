// Where a write to a stack goes: on what it was planned, and keeping how the stack is deployed. A
// redeploy of a git stack takes its branch's head as it is.
#include "operator/base/digest.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

namespace wavegate::guard {
namespace {

bool keeps_its_source(const StackWrite& write, const StackView& stack) {
    if (!stack.git) {
        return stack.kind == StackKind::String && !write.commit &&
               std::holds_alternative<std::string>(write.deploys);
    }
    const auto* kept = std::get_if<KeptGit>(&write.deploys);
    const auto& git = *stack.git;
    return kept != nullptr && *kept == KeptGit{git.reference, git.authenticated, git.username};
}

/// Does the commit go to the stack's own file, on top of the head that was read again?
bool goes_home(const BranchCommit& commit, const GitSource& git, const BranchHead& head) {
    return commit.url == git.url && commit.reference == git.reference &&
           commit.path == git.config_path && commit.parent == head.commit;
}

}  // namespace

Judge::Objection Judge::object_to_staleness(const StackEdit& claim, const Live& live) {
    if (!live.stack || live.stack->file == nullptr || !live.service) {
        return stale("the stack or its service was not read again");
    }
    if (sha256_hex(*live.stack->file) != claim.file_digest_before ||
        live.stack->file_version() != claim.file_version_before) {
        return stale("the stack changed since this was planned");
    }
    if (live.service->auth != claim.block_before && claim.purpose != StackPurpose::WayBack) {
        return stale("the running auth block changed since this was planned");
    }
    if (live.stack->status == StackStatus::Deploying) {
        return stale("another deployment of the stack is under way");
    }
    return std::nullopt;
}

Judge::Objection
Judge::object_to_place(const StackEdit& claim, const StackWrite& write, const Live& live) {
    const auto& stack = *live.stack;
    const bool same = write.stack_id == stack.id && write.stack == stack.name &&
                      claim.stack == stack.name &&
                      live.service->name == stack.name + "_" + claim.compose_service;
    if (!same) {
        return Refusal{8, "the write would reach another stack than the edit is about"};
    }
    if (!keeps_its_source(write, stack)) {
        return Refusal{8, "the stack would be deployed from another place than before"};
    }
    if (write.prune != stack.prune || write.pull_image) {
        return Refusal{8, "the deployment would remove services, or bring other images"};
    }
    const auto changed = differing_entries(stack.env, write.env);
    for (const auto& name : changed) {
        const bool told = std::find(write.sets.begin(), write.sets.end(), name) != write.sets.end();
        if (find_env(write.env, name) != nullptr && !told) {
            return Refusal{13, fmt::format("the entry {} would be set without a word of it", name)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to_branch(
    const Edit& edit,
    const StackEdit& claim,
    const StackWrite& write,
    const Live& live) const {
    const auto& stack = *live.stack;
    if (!stack.git) {
        return std::nullopt;
    }
    if (claim.head_before.empty()) {
        return write.commit ? Objection(Refusal{8, "a commit needs to know the head it goes on"})
                            : Objection();
    }
    if (!live.head || live.head->commit != claim.head_before) {
        return Refusal{0, "the stack's branch moved since this was planned"};
    }
    if (write.commit && !desired_.fleet.stack_repo) {
        return Refusal{8, "nobody gave leave to commit to stacks' repositories"};
    }
    if (write.commit && !goes_home(*write.commit, *stack.git, *live.head)) {
        return Refusal{8, "the commit would go elsewhere than to the stack's own file"};
    }
    const auto* other = observed_.stacks.ok() ? shares_branch(*observed_.stacks, stack) : nullptr;
    if (write.commit && (!stack.git->on_branch() || other != nullptr)) {
        return Refusal{8, "the commit would reach another stack, or no branch"};
    }
    if (live.head->commit == stack.git->config_hash) {
        return std::nullopt;
    }
    const auto* made = ledger_.committed(*live.head, edit.target, stack.git->config_hash);
    if (made == nullptr) {
        return Refusal{8, "the branch holds somebody's commit that is not deployed yet"};
    }
    // Our own commit of a flip is deployed by what passes a flip's gates, or undoes it.
    const bool judged =
        claim.purpose == StackPurpose::Flip || claim.purpose == StackPurpose::WayBack;
    if (made->kind == "flip" && !judged) {
        return Refusal{1, "the branch holds a flip that is not deployed yet"};
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
