#include "reconcilers/rollout/flips.hpp"

#include "reconcilers/rollout/needs.hpp"

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// Does it stand for a flip of this rollout that the ledger knows? The guard sees no other.
bool is_of_this_rollout(const Scene& scene, const Member& member) {
    const auto* flight = member.flight();
    const auto* intent = flight == nullptr ? nullptr : scene.intent(flight->intent);
    return intent != nullptr && intent->kind == "flip" && !flight->adopted &&
           intent->rollout == scene.record.id();
}

/// The first flip goes alone. One that was found in flight (the store was lost, or another rollout
/// began it) goes before it, and does not stand for it: of that one nothing is recorded that
/// shows what this rollout does.
bool goes_alone(const Scene& scene) {
    const auto* canary = scene.record.member(scene.record.canary());
    return canary == nullptr || !is_of_this_rollout(scene, *canary);
}

void flip(Reducer& reducer, const Member& member, const Edit& edit) {
    Move move;
    state::Flipping next;
    next.flight.tried = tried_hash(*edit.stack());
    move.turns(Happening::Released, std::move(next), Reason::None, edit.why);
    move.release = &edit;
    if (member.to == AuthMode::Jwt && goes_alone(reducer.scene())) {
        reducer.make_canary(member.service);
    }
    reducer.take(member, move);
}

Candidate candidate(const Scene& scene, const Wave& wave, const Member& member, bool open) {
    return {scene, wave, member, scene.edit_for(member.service, StackPurpose::Flip), open};
}

void wait(Reducer& reducer, const Member& member, Unmet unmet) {
    unmet.move.hold = std::move(unmet.hold);
    reducer.take(member, unmet.move);
}

/// The way out: it stops for nothing but its own slots. An earlier wave's members wait for those of
/// a later one, but not for what only a person can let out.
void release_way_out(Reducer& reducer, const Waves& waves) {
    const auto& scene = reducer.scene();
    bool moving = false;
    for (auto left = waves.all().size(); left > 0; --left) {
        const auto& wave = waves.all()[left - 1];
        const bool after_others = moving;
        for (const auto* member : wave.to_none) {
            moving = moving || takes_slot(*member);
            if (member->phase() != Phase::Pending) {
                continue;
            }
            if (after_others) {
                reducer.hold(
                    "Service/" + member->service,
                    {Reason::WaitingForWave, "a later wave is on its way out"});
                continue;
            }
            const auto leaving = candidate(scene, wave, *member, true);
            auto unmet = unmet_need_of_way_out(leaving);
            const bool stays = unmet && unmet->hold.reason != Reason::WaitingForSlot &&
                               unmet->hold.reason != Reason::WriteFailed &&
                               unmet->hold.reason != Reason::GuardRefused;
            moving = moving || !stays;
            if (unmet) {
                wait(reducer, *member, std::move(*unmet));
            } else if (reducer.is_sound()) {
                flip(reducer, *member, *leaving.edit);
            }
        }
    }
}

void release_wave(Reducer& reducer, const Wave& wave, bool open) {
    const auto& scene = reducer.scene();
    for (const auto* member : wave.to_jwt) {
        if (member->phase() != Phase::Pending) {
            continue;
        }
        const auto entering = candidate(scene, wave, *member, open);
        if (auto unmet = unmet_need(entering)) {
            wait(reducer, *member, std::move(*unmet));
        } else if (reducer.is_sound()) {
            flip(reducer, *member, *entering.edit);
        }
    }
}

/// On its new block, as far as is known, or on its way there.
bool stands(const Member& member) {
    return member.to == AuthMode::Jwt && member.phase() != Phase::RolledBack &&
           member.phase() != Phase::Failed && member.phase() != Phase::Pending;
}

/// Another service that this rollout flipped and that stands: once the canary went back, however
/// long ago it had soaked, what it showed holds no more, and this one must show it.
const Member* standing_flip(const Scene& scene) {
    const Member* found = nullptr;
    for (const auto& member : scene.record.members()) {
        const bool better = found == nullptr || member.phase() == Phase::Ready;
        found = is_of_this_rollout(scene, member) && stands(member) && better ? &member : found;
    }
    return found;
}

bool has_soaked(const Scene& scene, const Member& member) {
    const auto* probed = member.as<state::Probed>();
    return member.phase() == Phase::Ready || (probed != nullptr && probed->sampled &&
                                              probed->watched >= scene.soak_of(member.service));
}

}  // namespace

void release_flips(Reducer& reducer) {
    const Waves waves(reducer.scene());
    release_way_out(reducer, waves);
    bool open = true;
    for (const auto& wave : waves.all()) {
        release_wave(reducer, wave, open);
        open = open && wave.done;
    }
}

void follow_canary(Reducer& reducer) {
    const auto& scene = reducer.scene();
    if (scene.record.canary().empty()) {
        return;
    }
    const auto* canary = scene.record.member(scene.record.canary());
    if (canary == nullptr || !stands(*canary)) {
        const auto* next = standing_flip(scene);
        reducer.make_canary(next == nullptr ? std::string() : next->service);
        canary = next;
    }
    if (canary != nullptr && !scene.record.canary_done() && has_soaked(scene, *canary)) {
        reducer.end_canary();
    }
}

}  // namespace wavegate::rollout
