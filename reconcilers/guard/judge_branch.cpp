// What concerns the branch that a git stack is deployed from: a redeploy takes its head as it is.
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

namespace wavegate::guard {

Judge::Objection Judge::object_to_branch(const Edit& edit, const StackEdit& body, const Live& live)
    const {
    const auto& stack = *live.stack;
    if (stack.kind != StackKind::Git || !stack.git) {
        return std::nullopt;
    }
    if (body.head_before.empty()) {
        return body.file ? Objection(Refusal{8, "a commit needs to know the head it goes on"})
                         : Objection();
    }
    if (!live.head || live.head->commit != body.head_before) {
        return Refusal{0, "the stack's branch moved since this was planned"};
    }
    if (body.file && !desired_.fleet.stack_repo) {
        return Refusal{8, "nobody gave leave to commit to stacks' repositories"};
    }
    const auto* other = observed_.stacks.ok() ? shares_branch(*observed_.stacks, stack) : nullptr;
    if (body.file && (!stack.git->on_branch() || other != nullptr)) {
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
    const bool judged = body.purpose == StackPurpose::Flip || body.purpose == StackPurpose::WayBack;
    if (made->kind == "flip" && !judged) {
        return Refusal{1, "the branch holds a flip that is not deployed yet"};
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
