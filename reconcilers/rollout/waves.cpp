#include "reconcilers/rollout/waves.hpp"

#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/trouble.hpp"

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// Done, and still answering as far as was asked.
bool may_follow(const Scene& scene, const Member& member) {
    return is_excepted(scene, member) ||
           (member.phase() == Phase::Ready && !is_doubted(scene.ledger, member));
}

bool is_in_wave(const Scene& scene, const Member& member, const std::string& wave) {
    const auto* service = scene.desired.service(member.service);
    return service != nullptr && service->wave == wave;
}

/// Still to be flipped, so that the others' soak can't be over. What flips last waits for that
/// soak, which therefore does not wait for it.
bool is_to_come(const Scene& scene, const Member& member) {
    return member.phase() == Phase::Pending && !is_excepted(scene, member) &&
           !waits_for_others(scene, member);
}

void count(const Scene& scene, const Member& member, Wave& wave) {
    wave.halted = wave.halted || halts(scene, member);
    wave.done = wave.done && may_follow(scene, member);
    wave.soaks = wave.soaks && !in_motion(member.phase()) && !is_to_come(scene, member);
    wave.slots += takes_slot(member) ? 1 : 0;
    const auto* flight = member.flight();
    const bool stands = flight != nullptr && !flight->adopted && member.going_back() == nullptr;
    if (stands && flight->flipped.mono > wave.last_flip.mono) {
        wave.last_flip = flight->flipped;
    }
}

void count_soakers(const Scene& scene, Wave& wave) {
    for (const auto* member : wave.to_jwt) {
        const auto* flight = member->flight();
        const bool soaking = member->phase() == Phase::Probed;
        const bool soaked =
            member->phase() == Phase::Ready && member->since.mono > wave.last_flip.mono;
        if (flight == nullptr || flight->adopted || !(soaking || soaked)) {
            continue;
        }
        ++wave.soakers;
        wave.soaking += soaking ? 1 : 0;
        wave.soaks_since = soaking ? later(wave.soaks_since, member->since) : wave.soaks_since;
        const auto* through = scene.ledger.latest(CheckKind::Through, member->service);
        if (through != nullptr && through->verdict == Verdict::Pass) {
            wave.sampled = later(wave.sampled, through->taken);
        }
    }
}

}  // namespace

bool is_accepted(const Ledger& ledger, const Member& member) {
    const auto& all = ledger.words;
    return std::any_of(all.rbegin(), all.rend(), [&](const Word& word) {
        return word.verb == Verb::Accept && word.service == member.service &&
               word.at.mono > member.begun.mono;
    });
}

bool is_skipped(const Scene& scene, const Member& member) {
    const auto* wave = scene.wave_of(member.service);
    if (member.phase() != Phase::Pending || wave == nullptr ||
        wave->on_broken_baseline != BrokenBaseline::Skip) {
        return false;
    }
    const auto* baseline = scene.evidence_since(CheckKind::Baseline, member.service, member.begun);
    // One that the multiplexer lost is not broken before a restart was tried for it.
    const bool lost = baseline != nullptr && baseline->seen == ProbeClass::Parked &&
                      !member.as<state::Pending>()->lost_since;
    return baseline != nullptr && baseline->verdict == Verdict::Fail && !lost &&
           baseline->seen != ProbeClass::Converging;
}

bool is_excepted(const Scene& scene, const Member& member) {
    return is_skipped(scene, member) || is_accepted(scene.ledger, member);
}

bool is_done(const Scene& scene, const Member& member) {
    return member.phase() == Phase::Ready || is_excepted(scene, member);
}

bool is_rejected(const Scene& scene, const Member& member) {
    const auto& all = scene.record.rejected();
    const auto rejected = all.find(member.service);
    if (member.phase() != Phase::Pending || rejected == all.end()) {
        return false;
    }
    const auto* edit = scene.edit_for(member.service, StackPurpose::Flip);
    return edit != nullptr && rejected->second == tried_hash(*edit->stack());
}

bool halts(const Scene& scene, const Member& member) {
    const auto phase = member.phase();
    const bool failed = phase == Phase::RollingBack || phase == Phase::RolledBack ||
                        phase == Phase::Stuck || phase == Phase::Failed || phase == Phase::Held ||
                        is_rejected(scene, member);
    const auto* cause = member.cause();
    const bool shared = cause != nullptr && cause->shared;
    return failed && !shared && !is_accepted(scene.ledger, member);
}

bool takes_slot(const Member& member) {
    return in_motion(member.phase()) && !member.adopted();
}

bool is_rolling(const Member& member) {
    return takes_slot(member) || member.phase() == Phase::RollingBack;
}

bool waits_for_others(const Scene& scene, const Member& member) {
    const auto* service = scene.desired.service(member.service);
    if (member.service != kPortainerItself || service == nullptr) {
        return false;
    }
    const auto& members = scene.record.members();
    return std::any_of(members.begin(), members.end(), [&](const Member& other) {
        return other.service != member.service && other.to == AuthMode::Jwt &&
               is_in_wave(scene, other, service->wave) && !may_follow(scene, other);
    });
}

Waves::Waves(const Scene& scene) : scene_(scene) {
    for (const auto& spec : scene.desired.fleet.waves) {
        Wave wave;
        wave.spec = &spec;
        waves_.push_back(std::move(wave));
    }
    for (const auto& member : scene.record.members()) {
        const auto* service = scene.desired.service(member.service);
        const auto at = std::find_if(waves_.begin(), waves_.end(), [&](const Wave& wave) {
            return service != nullptr && wave.spec->name == service->wave;
        });
        if (at == waves_.end()) {
            continue;
        }
        if (member.to == AuthMode::Jwt) {
            at->to_jwt.push_back(&member);
            count(scene, member, *at);
        } else {
            at->to_none.push_back(&member);
        }
    }
    for (auto& wave : waves_) {
        count_soakers(scene, wave);
    }
}

const Wave* Waves::of(const std::string& service) const {
    const auto* spec = scene_.wave_of(service);
    const auto at = std::find_if(
        waves_.begin(), waves_.end(), [&](const Wave& wave) { return wave.spec == spec; });
    return at == waves_.end() ? nullptr : &*at;
}

WavePhase phase_of(const Scene& scene, const Wave& wave) {
    bool any_moved = false;
    bool all_done = true;
    bool all_ready = true;
    bool all_probed = true;
    const auto look_at = [&](const Member& member) {
        const bool done = is_done(scene, member);
        any_moved = any_moved || member.phase() != Phase::Pending;
        all_done = all_done && done;
        all_ready = all_ready && member.phase() == Phase::Ready;
        all_probed = all_probed && (done || member.phase() == Phase::Probed);
    };
    for (const auto* members : {&wave.to_jwt, &wave.to_none}) {
        for (const auto* member : *members) {
            if (halts(scene, *member)) {
                return WavePhase::Halted;
            }
            look_at(*member);
        }
    }
    if (all_done) {
        return all_ready ? WavePhase::Complete : WavePhase::CompleteWithExceptions;
    }
    if (all_probed) {
        return WavePhase::Soaking;
    }
    return any_moved ? WavePhase::Progressing : WavePhase::Waiting;
}

}  // namespace wavegate::rollout
