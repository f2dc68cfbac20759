#include "reconcilers/rollout/needs.hpp"

#include "operator/model/freeze.hpp"
#include "reconcilers/rollout/baseline.hpp"
#include "reconcilers/rollout/first_flip.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/trouble.hpp"
#include "reconcilers/rollout/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wavegate::rollout {
namespace {

using Need = std::optional<Unmet> (*)(const Candidate&);

std::optional<Unmet> store(const Candidate& candidate) {
    if (candidate.scene.ledger.takes_commits) {
        return std::nullopt;
    }
    return unmet(Reason::WaitingForStore, "the store takes no commits: nothing is begun");
}

std::optional<Unmet> accepted(const Candidate& candidate) {
    if (!is_accepted(candidate.scene.ledger, candidate.member)) {
        return std::nullopt;
    }
    return unmet(Reason::Accepted, "a person accepted it as it is");
}

std::optional<Unmet> pause(const Candidate& candidate) {
    return candidate.scene.ledger.paused() ? unmet(Reason::Paused) : std::nullopt;
}

std::optional<Unmet> freeze(const Candidate& candidate) {
    const auto& scene = candidate.scene;
    const auto frozen = freeze_at(scene.desired, scene.ledger, scene.now.wall);
    if (!frozen) {
        return std::nullopt;
    }
    auto found = unmet(Reason::Frozen, to_text(*frozen));
    if (frozen->until) {
        found->move.decides(*frozen->until - scene.now.wall);
    }
    return found;
}

std::optional<Unmet> shared_parts(const Candidate& candidate) {
    return candidate.scene.record.shared_bad() ? unmet(Reason::SharedCause) : std::nullopt;
}

std::optional<Unmet> multiplexer(const Candidate& candidate) {
    if (candidate.scene.multiplexer_is(MultiplexerStage::Wired)) {
        return std::nullopt;
    }
    return unmet(Reason::WaitingForMultiplexer);
}

std::optional<Unmet> earlier_waves(const Candidate& candidate) {
    if (candidate.waves_before_are_done) {
        return std::nullopt;
    }
    return unmet(Reason::WaitingForWave, "an earlier wave is not complete");
}

std::optional<Unmet> flapping(const Candidate& candidate) {
    const auto& all = candidate.scene.record.turns();
    const auto turns = all.find(candidate.member.service);
    if (turns == all.end()) {
        return std::nullopt;
    }
    // Those that were kept came within an hour of each other; a person's retry forgets them.
    if (turns->second.size() < kTurnsAllowed) {
        return std::nullopt;
    }
    return unmet(Reason::Flapping, "its mode was changed twice within an hour");
}

std::optional<Unmet> rejected(const Candidate& candidate) {
    if (!is_rejected(candidate.scene, candidate.member)) {
        return std::nullopt;
    }
    return unmet(Reason::Rejected, "this very spec was tried before and failed; retry ends it");
}

std::optional<Unmet> wave_goes_on(const Candidate& candidate) {
    return candidate.wave.halted ? unmet(Reason::WaveHalted, "its wave is halted") : std::nullopt;
}

Reason reason_of(const Obstacle& obstacle) {
    for (const auto known :
         {Reason::NeedsPassThrough, Reason::StackRepoAhead, Reason::ForeignChange}) {
        if (obstacle.reason == to_string(known)) {
            return known;
        }
    }
    return Reason::UneditableCompose;
}

std::optional<Unmet> editable(const Candidate& candidate) {
    if (const auto* obstacle = candidate.scene.obstacle_for(candidate.member.service)) {
        return unmet(reason_of(*obstacle), obstacle->message);
    }
    if (candidate.edit != nullptr) {
        return std::nullopt;
    }
    auto found = unmet(Reason::WriteFailed, "no edit would flip it yet");
    found->move.looks(kAskAgain);
    return found;
}

/// Neither refused a moment ago, nor is anything on its stack on its way.
std::optional<Unmet> nothing_unsettled(const Candidate& candidate) {
    const auto pause = pause_of(candidate.scene, *candidate.edit);
    if (!pause) {
        return std::nullopt;
    }
    auto found = unmet(pause->reason, pause->message);
    found->move.looks(std::min(pause->left, kResync));
    return found;
}

std::optional<Unmet> baseline(const Candidate& candidate) {
    Unmet found;
    if (baseline_holds(candidate.scene, candidate.member, found.move)) {
        return std::nullopt;
    }
    found.hold = found.move.hold;
    return found;
}

std::optional<Unmet> slot(const Candidate& candidate) {
    const auto taken = [&](const std::vector<const Member*>& members) {
        return std::count_if(
            members.begin(), members.end(), [](const Member* m) { return takes_slot(*m); });
    };
    const auto& wave = candidate.wave;
    const auto own =
        candidate.member.to == AuthMode::Jwt ? taken(wave.to_jwt) : taken(wave.to_none);
    return own >= wave.spec->max_in_flight ? unmet(Reason::WaitingForSlot) : std::nullopt;
}

std::optional<Unmet> goes_last(const Candidate& candidate) {
    return waits_for_others(candidate.scene, candidate.member)
               ? unmet(
                     Reason::WaitingForOthers, "it is the way to the others' stacks: it goes last")
               : std::nullopt;
}

/// Its verdict is a moment away, if it is a good one.
bool is_due_in(const Scene& scene, const Member& member, Duration moment) {
    if (member.phase() == Phase::Probing) {
        return scene.age(member.since) < moment;
    }
    const auto* converging = member.as<state::Converging>();
    const auto* running = scene.running(member.service);
    if (converging == nullptr || converging->tasks.ids.empty() || running == nullptr) {
        return false;
    }
    const auto left = running->monitor - scene.age(converging->tasks.since);
    return left < moment && left > -moment;
}

/// Gates are asked anew after each verdict, and Swarm is looked at after each write: flips whose
/// turns come within a moment share all that. Nobody waits for one that takes longer.
std::optional<Unmet> goes_together(const Candidate& candidate) {
    constexpr Duration moment = std::chrono::seconds(1);
    const auto& members = candidate.wave.to_jwt;
    const bool due = std::any_of(members.begin(), members.end(), [&](const Member* member) {
        return takes_slot(*member) && is_due_in(candidate.scene, *member, moment);
    });
    if (!due) {
        return std::nullopt;
    }
    auto found = unmet(Reason::WaitingForSlot, "another's verdict is due: they go together");
    found->move.decides(moment / 4);
    return found;
}

std::optional<Unmet> gates(const Candidate& candidate) {
    const auto open = open_gates(candidate.scene);
    if (open.empty()) {
        return std::nullopt;
    }
    auto found = unmet(Reason::WaitingForGates, failing_gate(candidate.scene));
    for (const auto& gate : open) {
        if (is_to_be_asked(candidate.scene, gate)) {
            found->move.ask.push_back(gate);
        }
    }
    found->move.decides(kBadAgain);
    return found;
}

/// Before a wave begins, the services that it relies on are called once more.
std::optional<Unmet> controls(const Candidate& candidate) {
    const auto& members = candidate.wave.to_jwt;
    const bool begun = std::any_of(members.begin(), members.end(), [](const Member* member) {
        return member->phase() != Phase::Pending && !member->adopted();
    });
    if (begun) {
        return std::nullopt;
    }
    auto found = unmet(Reason::WaitingForGates, "services that are Ready are being called again");
    return controls_are_fresh(candidate.scene, found->move) ? std::nullopt : found;
}

/// Of a flip towards jwt. What costs no question comes first.
constexpr std::array<Need, 19> kNeeds{
    store,
    accepted,
    freeze,
    pause,
    shared_parts,
    multiplexer,
    earlier_waves,
    flapping,
    rejected,
    wave_goes_on,
    editable,
    nothing_unsettled,
    baseline,
    first_goes_alone,
    slot,
    goes_last,
    goes_together,
    gates,
    controls};

constexpr std::array<Need, 4> kNeedsOfWayOut{store, editable, nothing_unsettled, slot};

template <std::size_t N>
std::optional<Unmet> first_unmet(const std::array<Need, N>& needs, const Candidate& candidate) {
    for (const auto need : needs) {
        if (auto found = need(candidate)) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Unmet> unmet(Reason reason, std::string message) {
    Unmet found;
    found.hold = {reason, std::move(message)};
    return found;
}

std::optional<Unmet> unmet_need(const Candidate& candidate) {
    return first_unmet(kNeeds, candidate);
}

std::optional<Unmet> unmet_need_of_way_out(const Candidate& candidate) {
    return first_unmet(kNeedsOfWayOut, candidate);
}

}  // namespace wavegate::rollout
