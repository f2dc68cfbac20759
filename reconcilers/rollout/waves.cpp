#include "reconcilers/rollout/waves.hpp"

#include "reconcilers/rollout/doubt.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/soak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace wavegate::rollout {
namespace {

bool in_wave(const DesiredState& desired, const Member& member, const std::string& wave) {
    const auto* service = desired.service(member.service);
    return service != nullptr && service->wave == wave;
}

/// Failed, and nobody has said yet that this is to be lived with.
bool halts(const RolloutRecord& record, const Member& member) {
    const bool accepted =
        std::find(record.accepted.begin(), record.accepted.end(), member.service) !=
        record.accepted.end();
    const bool failed = member.phase == Phase::RollingBack || member.phase == Phase::RolledBack ||
                        member.phase == Phase::Stuck || member.phase == Phase::Failed ||
                        (member.phase == Phase::Held && member.reason != Reason::Flapping) ||
                        (member.phase == Phase::Pending && member.reason == Reason::Rejected);
    return failed && !accepted && !member.shared_cause;
}

bool takes_slot(const Member& member) {
    return in_motion(member.phase) && !member.adopted;
}

std::vector<Member*> members_of(Plan& plan, const std::string& wave, AuthMode to) {
    std::vector<Member*> found;
    for (auto& member : plan.record().members) {
        if (member.to == to && in_wave(plan.desired, member, wave)) {
            found.push_back(&member);
        }
    }
    return found;
}

int slots_taken(const std::vector<Member*>& members) {
    return static_cast<int>(std::count_if(
        members.begin(), members.end(), [](const Member* m) { return takes_slot(*m); }));
}

void flip(Plan& plan, Member& member, const Edit& edit) {
    member.tried = tried_hash(*edit.stack());
    member.cause.clear();
    member.adopted = false;
    member.asking = CheckKind::Unauthorized;
    member.intent = plan.release(edit);
    plan.happen(member, Happening::Released, Reason::None, edit.why);
}

/// What keeps a pending member from being flipped whatever else holds; None when nothing does.
Reason blocked(Plan& plan, Member& member, const Edit* edit) {
    if (const auto* obstacle = plan.obstacle_for(member.service)) {
        auto reason = Reason::UneditableCompose;
        for (const auto candidate :
             {Reason::NeedsPassThrough, Reason::StackRepoAhead, Reason::ForeignChange}) {
            if (obstacle->reason == to_string(candidate)) {
                reason = candidate;
            }
        }
        explain(member, reason, obstacle->message);
        return reason;
    }
    if (!plan.ledger.takes_commits) {
        explain(member, Reason::WaitingForStore, "the store takes no commits: nothing is begun");
        return Reason::WaitingForStore;
    }
    if (edit == nullptr) {
        plan.look(kAskAgain);
        return Reason::WriteFailed;
    }
    if (const auto left = plan.pause_left(*edit); left > Duration(0)) {
        plan.look(std::min(left, kResync));
        return Reason::WriteFailed;
    }
    const auto rejected = plan.record().rejected.find(member.service);
    if (rejected != plan.record().rejected.end() &&
        rejected->second == tried_hash(*edit->stack())) {
        explain(
            member, Reason::Rejected, "this very spec was tried before and failed; retry ends it");
        return Reason::Rejected;
    }
    return Reason::None;
}

bool skips_broken(const DesiredState& desired, const Member& member) {
    const auto* service = desired.service(member.service);
    const auto* wave = service == nullptr ? nullptr : desired.wave(service->wave);
    return wave != nullptr && wave->on_broken_baseline == BrokenBaseline::Skip;
}

/// A child that answers by itself and that the multiplexer lost earns it one restart. True while
/// that is awaited.
bool waits_to_be_shown(Plan& plan, Member& member, const Evidence& baseline) {
    auto& multiplexer = plan.record().multiplexer;
    const bool wired = multiplexer.stage == MultiplexerStage::Wired;
    if (baseline.seen != ProbeClass::Parked ||
        (wired && member.suspect_since && baseline.taken.mono > multiplexer.since.mono)) {
        return false;
    }
    if (wired && !member.suspect_since) {
        member.suspect_since = plan.now;
        multiplexer.stage = MultiplexerStage::Restarting;
    } else if (wired) {
        plan.ask(CheckKind::Baseline, member.service, AuthMode::None);
    }
    explain(member, Reason::WaitingForMultiplexer, "it answers; the multiplexer has lost it");
    return true;
}

/// Broken before any flip: reported, not blamed. Its wave waits for it, or goes on without it.
void report_broken(Plan& plan, Member& member, const Evidence& baseline) {
    member.bad_since = member.bad_since.value_or(baseline.taken);
    const auto message = fmt::format(
        "broken before any flip: {} ({})", to_string(baseline.seen), explained(baseline));
    if (skips_broken(plan.desired, member)) {
        explain(member, Reason::BaselineBroken, message);
    } else {
        report(plan, member, Reason::BaselineBroken, message, *member.bad_since);
    }
}

/// Is the member known to work as it is? A broken one is not flipped.
bool baseline_holds(Plan& plan, Member& member) {
    const auto* evidence = plan.ledger.latest(CheckKind::Baseline, member.service);
    const bool asked = evidence != nullptr && evidence->rollout == plan.record().id;
    if (!asked) {
        plan.ask(CheckKind::Baseline, member.service, AuthMode::None);
        explain(member, Reason::WaitingForGates, "its baseline is being taken");
        return false;
    }
    if (evidence->verdict == Verdict::Pass) {
        member.bad_since.reset();
        return true;
    }
    if (waits_to_be_shown(plan, member, *evidence)) {
        return false;
    }
    // Not up yet, or over a rate limit: asked again soon, and never skipped for it.
    const bool broken =
        evidence->verdict == Verdict::Fail && evidence->seen != ProbeClass::Converging;
    if (broken) {
        report_broken(plan, member, *evidence);
    } else {
        explain(
            member,
            Reason::WaitingForGates,
            fmt::format(
                "its baseline gave no verdict: {} ({})",
                to_string(evidence->seen),
                explained(*evidence)));
    }
    const auto pause = broken ? kResync : kAskAgain;
    if (plan.now.mono - evidence->taken.mono >= pause) {
        plan.ask(CheckKind::Baseline, member.service, AuthMode::None);
    }
    plan.look(pause);
    return false;
}

class WaveRun {
  public:
    WaveRun(Plan& plan, const WaveSpec& wave)
        : plan_(plan),
          wave_(wave),
          members_(members_of(plan, wave.name, AuthMode::Jwt)),
          others_fly_(
              std::any_of(plan.record().members.begin(), plan.record().members.end(), takes_slot)) {
    }

    /// True when the wave is complete, so that the next may start.
    bool advance() {
        const bool done = std::all_of(
            members_.begin(), members_.end(), [&](const Member* m) { return may_follow(*m); });
        if (done) {
            return true;
        }
        if (halted()) {
            explain_pending(Reason::WaveHalted, "its wave is halted");
            return false;
        }
        if (!release_flips()) {
            soak_wave(plan_, wave_, members_);
        }
        return false;
    }

  private:
    [[nodiscard]] bool halted() const {
        return std::any_of(members_.begin(), members_.end(), [&](const Member* m) {
            return halts(plan_.record(), *m);
        });
    }

    void explain_pending(Reason reason, const std::string& message) {
        for (auto* member : members_) {
            if (member->phase == Phase::Pending) {
                explain(*member, reason, message);
            }
        }
    }

    /// True while members are still to be flipped, or are being flipped.
    bool release_flips() {
        std::vector<std::pair<Member*, const Edit*>> ready;
        bool unsettled = false;
        for (auto* member : members_) {
            unsettled = unsettled || in_motion(member->phase);
            if (member->phase != Phase::Pending ||
                is_excepted(plan_.desired, plan_.record(), *member)) {
                continue;
            }
            // What flips last waits for the others' soak, which therefore cannot wait for it.
            unsettled = unsettled || !waits_for_others(*member);
            const auto* edit = plan_.edit_for(member->service, StackPurpose::Flip);
            if (blocked(plan_, *member, edit) == Reason::None && baseline_holds(plan_, *member)) {
                ready.emplace_back(member, edit);
            }
        }
        for (const auto& [member, edit] : ready) {
            release_one(*member, *edit);
        }
        return unsettled;
    }

    void release_one(Member& member, const Edit& edit) {
        const auto reason = why_wait(member);
        if (reason != Reason::None) {
            explain(member, reason, "");
            return;
        }
        if (plan_.record().canary.empty()) {
            plan_.record().canary = member.service;
        }
        // The wave's soak counts from its last flip.
        for (auto* other : members_) {
            other->watched = Duration(0);
            other->sampled.reset();
        }
        flip(plan_, member, edit);
    }

    Reason why_wait(const Member& member) {
        auto& record = plan_.record();
        if (record.paused) {
            return Reason::Paused;
        }
        if (record.shared_bad) {
            return Reason::SharedCause;
        }
        if (record.multiplexer.stage != MultiplexerStage::Wired) {
            return Reason::WaitingForMultiplexer;
        }
        if (record.canary.empty() && others_fly_) {
            return Reason::WaitingForSlot;
        }
        const auto* canary = record.member(record.canary);
        const bool doubted = canary != nullptr && is_doubted(plan_.ledger, *canary);
        if (!record.canary.empty() && (!record.canary_done || doubted)) {
            return Reason::WaitingForCanary;
        }
        if (slots_taken(members_) >= wave_.max_in_flight) {
            return Reason::WaitingForSlot;
        }
        if (waits_for_others(member)) {
            return Reason::WaitingForOthers;
        }
        return gates_are_fresh(plan_) ? Reason::None : Reason::WaitingForGates;
    }

    [[nodiscard]] bool waits_for_others(const Member& member) const {
        return member.service == kPortainerItself &&
               std::any_of(members_.begin(), members_.end(), [&](const Member* m) {
                   return m->service != member.service && !may_follow(*m);
               });
    }

    /// Done, and still answering as far as was asked.
    [[nodiscard]] bool may_follow(const Member& member) const {
        return is_excepted(plan_.desired, plan_.record(), member) ||
               (member.phase == Phase::Ready && !is_doubted(plan_.ledger, member));
    }

    Plan& plan_;
    const WaveSpec& wave_;
    std::vector<Member*> members_;
    /// The first flip of a rollout goes alone: what another left in flight comes to its end first.
    bool others_fly_;
};

/// The way out: reverse order, no gates, no soak; it stops for nothing but its own slots.
void advance_way_out(Plan& plan) {
    for (auto wave = plan.desired.fleet.waves.rbegin(); wave != plan.desired.fleet.waves.rend();
         ++wave) {
        auto members = members_of(plan, wave->name, AuthMode::None);
        bool moving = false;
        for (auto* member : members) {
            moving = moving || takes_slot(*member);
            if (member->phase != Phase::Pending) {
                continue;
            }
            const auto* edit = plan.edit_for(member->service, StackPurpose::Flip);
            const auto reason = blocked(plan, *member, edit);
            // What only a person can let out keeps nobody else in.
            moving = moving || reason == Reason::None || reason == Reason::WriteFailed;
            if (reason == Reason::None && !plan.record().paused &&
                slots_taken(members) < wave->max_in_flight) {
                flip(plan, *member, *edit);
            }
        }
        if (moving) {
            return;
        }
    }
}

}  // namespace

bool is_excepted(const DesiredState& desired, const RolloutRecord& record, const Member& member) {
    const bool skipped = member.phase == Phase::Pending &&
                         member.reason == Reason::BaselineBroken && skips_broken(desired, member);
    return skipped || std::find(record.accepted.begin(), record.accepted.end(), member.service) !=
                          record.accepted.end();
}

bool is_done(const DesiredState& desired, const RolloutRecord& record, const Member& member) {
    return member.phase == Phase::Ready || is_excepted(desired, record, member);
}

WavePhase
wave_phase(const DesiredState& desired, const RolloutRecord& record, const std::string& wave) {
    bool any_moved = false;
    bool all_done = true;
    bool all_ready = true;
    bool all_probed = true;
    for (const auto& member : record.members) {
        if (!in_wave(desired, member, wave)) {
            continue;
        }
        if (halts(record, member)) {
            return WavePhase::Halted;
        }
        const bool done = is_done(desired, record, member);
        any_moved = any_moved || member.phase != Phase::Pending;
        all_done = all_done && done;
        all_ready = all_ready && member.phase == Phase::Ready;
        all_probed = all_probed && (done || member.phase == Phase::Probed);
    }
    if (all_done) {
        return all_ready ? WavePhase::Complete : WavePhase::CompleteWithExceptions;
    }
    if (all_probed) {
        return WavePhase::Soaking;
    }
    return any_moved ? WavePhase::Progressing : WavePhase::Waiting;
}

void advance_waves(Plan& plan) {
    advance_way_out(plan);
    bool open = true;
    for (const auto& wave : plan.desired.fleet.waves) {
        if (open) {
            open = WaveRun(plan, wave).advance();
            continue;
        }
        for (auto* member : members_of(plan, wave.name, AuthMode::Jwt)) {
            if (member->phase == Phase::Pending) {
                explain(*member, Reason::WaitingForWave, "an earlier wave is not complete");
            }
        }
    }
}

}  // namespace wavegate::rollout
