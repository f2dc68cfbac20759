#include "reconcilers/rollout/shared_edits.hpp"

#include "operator/model/admission.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <algorithm>

namespace wavegate::rollout {
namespace {

const PolicyEdit* policy_of(const Edit& edit) {
    return std::get_if<PolicyEdit>(&edit.body);
}

bool creates_policy(const Edit& edit) {
    const auto* policy = policy_of(edit);
    return policy != nullptr && policy->verb == PolicyEdit::Verb::Create;
}

bool takes_away(const Edit& edit) {
    const auto* policy = policy_of(edit);
    return policy != nullptr && policy->verb == PolicyEdit::Verb::Delete;
}

void tell(Reducer& reducer, const Edit& edit, const Pause& pause) {
    Wait wait;
    wait.object = edit.target;
    wait.reason = pause.reason;
    wait.message = pause.message;
    wait.since = pause.since;
    wait.until = reducer.scene().now.mono + pause.left;
    reducer.wait(std::move(wait));
    reducer.look(pause.left);
}

/// Policies that are left must be known to let in whom the fleet needs.
bool may_be_taken_away(Reducer& reducer, const Edit& edit) {
    const auto& scene = reducer.scene();
    const auto& edits = scene.diff.edits;
    if (!takes_away(edit) || !any_enforcing(scene.desired, scene.observed)) {
        return true;
    }
    if (std::any_of(edits.begin(), edits.end(), creates_policy)) {
        return false;
    }
    if (policies_verified(scene)) {
        return true;
    }
    if (policies_are_to_be_asked(scene)) {
        reducer.ask({CheckKind::Policy, scene.desired.fleet.name, AuthMode::Jwt, false});
    }
    reducer.look(kBadAgain);
    return false;
}

bool is_env_sync(const Edit& edit) {
    const auto* stack = edit.stack();
    return stack != nullptr && stack->purpose == StackPurpose::EnvSync;
}

/// One that was released a moment ago, or whose answer is awaited.
bool any_env_sync_under_way(const Scene& scene) {
    const auto& intents = scene.ledger.intents;
    return std::any_of(intents.begin(), intents.end(), [&](const Intent& intent) {
        return intent.kind == "envsync" && scene.is_unsettled(intent);
    });
}

}  // namespace

void release_shared_edits(Reducer& reducer) {
    const auto& scene = reducer.scene();
    for (const auto& edit : scene.diff.edits) {
        if (edit.stack() != nullptr || edit.restart() != nullptr || !scene.ledger.takes_commits ||
            scene.releases_on(edit.target)) {
            continue;
        }
        if (const auto pause = pause_of(scene, edit)) {
            tell(reducer, edit, *pause);
        } else if (may_be_taken_away(reducer, edit)) {
            reducer.release(edit);
        }
    }
}

void release_env_sync(Reducer& reducer) {
    const auto& scene = reducer.scene();
    const auto& members = scene.record.members();
    if (scene.begins_nothing() || !scene.ledger.takes_commits || reducer.releases_env_sync() ||
        any_env_sync_under_way(scene) || std::any_of(members.begin(), members.end(), is_rolling)) {
        return;
    }
    for (const auto& edit : scene.diff.edits) {
        if (!is_env_sync(edit)) {
            continue;
        }
        if (const auto pause = pause_of(scene, edit)) {
            tell(reducer, edit, *pause);
            continue;
        }
        const auto* member = scene.record.member(edit.stack()->service);
        const bool at_rest =
            member != nullptr && (settled(member->phase()) || member->phase() == Phase::Pending);
        if (at_rest) {
            reducer.release(edit);
            return;
        }
    }
}

}  // namespace wavegate::rollout
