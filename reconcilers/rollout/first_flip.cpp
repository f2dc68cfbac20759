#include "reconcilers/rollout/first_flip.hpp"

#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/trouble.hpp"

#include <algorithm>
#include <chrono>

namespace wavegate::rollout {
namespace {

constexpr Duration kBriefly = std::chrono::seconds(10);

/// Found in its mode, and not looked at yet: it may turn out to be a flip that is under test.
bool is_unknown(const Member& member) {
    const auto* trouble = member.trouble();
    return member.to == AuthMode::Jwt && member.adopted() && in_motion(member.phase()) &&
           trouble != nullptr && !trouble->since;
}

/// Was its flip given up a moment ago, so that it pauses before it is tried again?
bool pauses_a_moment(const Scene& scene, const Member& member) {
    const auto* edit = scene.edit_for(member.service, StackPurpose::Flip);
    const auto pause = edit == nullptr ? std::nullopt : pause_of(scene, *edit);
    return member.phase() == Phase::Pending && pause && pause->left <= kBriefly;
}

/// Is one before it, in the order of the wave, about to be known? Who goes first should not hang on
/// whose baseline was answered a moment earlier, nor on which process died on its way; for one that
/// drips nobody waits longer than that.
bool may_be_preceded(const Candidate& candidate) {
    const auto& scene = candidate.scene;
    const auto wired = scene.record.multiplexer().since;
    for (const auto* other : candidate.wave.to_jwt) {
        if (other == &candidate.member) {
            return false;
        }
        const bool asked =
            other->phase() == Phase::Pending &&
            scene.evidence_since(CheckKind::Baseline, other->service, other->begun) == nullptr;
        // It is asked once the multiplexer is wired.
        if (asked && std::min(scene.age(other->begun), scene.age(wired)) < kBriefly) {
            return true;
        }
        if (pauses_a_moment(scene, *other)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<Unmet> first_goes_alone(const Candidate& candidate) {
    const auto& record = candidate.scene.record;
    if (record.canary().empty()) {
        const auto& members = record.members();
        const bool others = std::any_of(members.begin(), members.end(), [](const Member& member) {
            return takes_slot(member) || is_unknown(member);
        });
        if (!others && may_be_preceded(candidate)) {
            auto found = unmet(Reason::WaitingForCanary, "who goes first is not known yet");
            found->move.decides(kAskAgain);
            return found;
        }
        return others ? unmet(Reason::WaitingForSlot) : std::nullopt;
    }
    const auto* first = record.member(record.canary());
    const bool doubted = first != nullptr && is_doubted(candidate.scene.ledger, *first) &&
                         !is_excepted(candidate.scene, *first);
    return !record.canary_done() || doubted ? unmet(Reason::WaitingForCanary) : std::nullopt;
}

}  // namespace wavegate::rollout
