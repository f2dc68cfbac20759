#include "reconcilers/rollout/enrol.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

namespace wavegate::rollout {
namespace {

constexpr std::size_t kTurnsAllowed = 2;

void supersede(Plan& plan) {
    auto& record = plan.record();
    record.revision = plan.desired.revision;
    if (record.digest == plan.desired.digest) {
        return;
    }
    const bool first = record.id.empty();
    record.digest = plan.desired.digest;
    // Of the one before, too: a commit that takes another back is a rollout of its own, and what
    // its namesake's canary and gates proved says nothing of it.
    record.id =
        short_hash(plan.desired.fleet.name + "\n" + plan.desired.digest + "\n" + record.id, 12);
    record.started = plan.now;
    record.canary.clear();
    record.canary_done = false;
    record.finished.reset();
    plan.event(
        "Normal",
        "Fleet/" + plan.desired.fleet.name,
        first ? "RolloutStarted" : "RolloutSuperseded",
        fmt::format("revision {} is rollout {}", record.revision, record.id));
}

/// Was what runs now probed as it runs? (After a lost store, nothing was.)
bool is_probed(const Plan& plan, const ServiceSpec& service, AuthMode mode) {
    const auto* through = plan.ledger.latest(CheckKind::Through, service.name);
    return mode == AuthMode::None ||
           (through != nullptr && through->verdict == Verdict::Pass &&
            through->inputs == service_inputs(plan.desired, plan.observed, service.name));
}

/// The flip of this rollout that brought the block that runs now; null when it came otherwise.
const Intent* own_flip(const Plan& plan, const Member& member) {
    const auto* running = plan.running(member.service);
    const auto& intents = plan.ledger.intents;
    const auto at = std::find_if(intents.rbegin(), intents.rend(), [&](const Intent& intent) {
        return intent.service == member.service &&
               (intent.kind == "flip" || intent.kind == "wayback") &&
               (intent.state == IntentState::Written || intent.state == IntentState::Adopted);
    });
    const bool ours = running != nullptr && at != intents.rend() && at->kind == "flip" &&
                      at->rollout == plan.step.next.id && at->to == member.to &&
                      at->block_after == canonical(running->auth);
    return ours ? &*at : nullptr;
}

/// It stands on this flip, which is still under test.
void take_up(const Plan& plan, Member& member, const Intent& flip) {
    member.adopted = false;
    member.intent = flip.id;
    member.flipped = flip.settled;
    member.tried = short_hash(flip.block_after + plan.running(member.service)->image, 16);
}

bool has_soaked(const Plan& plan, const ServiceSpec& service, const Intent& flip) {
    const auto* through = plan.ledger.latest(CheckKind::Through, service.name);
    return through != nullptr && through->verdict == Verdict::Pass &&
           through->taken.mono >= flip.settled.mono + plan.soak_of(service);
}

Member new_member(Plan& plan, const ServiceSpec& service, AuthMode mode) {
    Member member;
    member.service = service.name;
    member.to = mode;
    member.since = plan.now;
    if (!in_wanted_mode(plan.desired, service, plan.observed)) {
        return member;
    }
    member.adopted = true;
    // It was out of sight for a while: what it was flipped to is under test as before.
    const auto* flip = own_flip(plan, member);
    if (flip != nullptr && mode == AuthMode::Jwt && !has_soaked(plan, service, *flip)) {
        take_up(plan, member, *flip);
        member.phase = Phase::Converging;
        if (plan.record().canary.empty() && !plan.record().canary_done) {
            plan.record().canary = service.name;
        }
        return member;
    }
    const bool probed = is_probed(plan, service, mode);
    member.phase = probed ? Phase::Ready : Phase::Converging;
    member.reason = probed ? Reason::None : Reason::Unverified;
    return member;
}

/// What was flipped before, and how it went, says nothing of what comes now.
void forget_flip(Member& member) {
    member.adopted = false;
    member.intent.clear();
    member.tried.clear();
    member.watched = Duration(0);
    member.sampled.reset();
    member.shared_cause = false;
}

void turn(Plan& plan, Member& member, AuthMode mode) {
    auto& turns = plan.record().turns[member.service];
    std::erase_if(
        turns, [&](const Time& at) { return plan.now.mono - at.mono > std::chrono::hours(1); });
    if (!plan.happen(
            member, Happening::Retargeted, Reason::None, "a newer commit wants otherwise")) {
        return;
    }
    member.to = mode;
    forget_flip(member);
    turns.push_back(plan.now);
    // The way out is never held up; the way in waits for a person once it flaps.
    if (turns.size() >= kTurnsAllowed && mode == AuthMode::Jwt) {
        member.phase = Phase::Held;
        explain(member, Reason::Flapping, "its mode was changed twice within an hour");
    }
}

/// Does it run a block that was ours or proven, and that a newer commit no longer wants? (What
/// another's hand brought was neither.)
bool is_outdated(const Plan& plan, const Member& member, const ServiceSpec& service) {
    const bool stands = member.phase == Phase::Converging || member.phase == Phase::Probing ||
                        member.phase == Phase::Probed || member.phase == Phase::Ready;
    const auto* running = plan.running(member.service);
    if (!stands || member.to != AuthMode::Jwt || running == nullptr ||
        effective_mode(running->auth) != AuthMode::Jwt ||
        in_wanted_mode(plan.desired, service, plan.observed)) {
        return false;
    }
    const auto* flip = plan.ledger.intent(member.intent);
    const bool ours =
        flip != nullptr && flip->kind == "flip" && flip->block_after == canonical(running->auth);
    return ours || is_probed(plan, service, AuthMode::Jwt);
}

/// Back to the start of the wave, to get the block that is wanted by now.
void begin_anew(Plan& plan, Member& member) {
    if (!plan.happen(
            member, Happening::Retargeted, Reason::None, "a newer commit wants another block")) {
        return;
    }
    forget_flip(member);
}

void update(Plan& plan, Member& member, const ServiceSpec& service, AuthMode mode) {
    if (member.to != mode) {
        turn(plan, member, mode);
    } else if (is_outdated(plan, member, service)) {
        begin_anew(plan, member);
    }
    // What is still to be written (its file or branch says otherwise) is not reached.
    const bool reached = member.phase == Phase::Pending && member.to == mode &&
                         in_wanted_mode(plan.desired, service, plan.observed) &&
                         plan.edit_for(member.service, StackPurpose::Flip) == nullptr;
    if (reached) {
        // What was held on its new block is still a flip under test, retried or not.
        const auto* flip = own_flip(plan, member);
        member.adopted = flip == nullptr;
        if (flip != nullptr) {
            take_up(plan, member, *flip);
        }
        plan.happen(member, Happening::Converged, Reason::Unverified, "already in the wanted mode");
        member.asking = mode == AuthMode::Jwt ? CheckKind::Unauthorized : CheckKind::Open;
    }
}

/// Stays although it is out of sight, or although its document left: what was begun is brought to
/// its end, and what a person must decide is not forgotten.
bool needs_its_end(const Plan& plan, const Member& member, const ServiceSpec& service) {
    const bool tested = in_motion(member.phase) && !member.adopted;
    return member.phase == Phase::RollingBack || member.phase == Phase::Stuck ||
           member.phase == Phase::Flipping || (member.phase == Phase::Held && service.declared) ||
           (tested && is_deployed(service, plan.observed));
}

void sort_members(Plan& plan) {
    const auto rank = [&](const Member& member) {
        const auto* service = plan.desired.service(member.service);
        const auto wave = service == nullptr ? plan.desired.fleet.waves.size()
                                             : plan.desired.wave_index(service->wave);
        return std::tuple(wave, member.service == kPortainerItself, member.service);
    };
    std::vector<std::pair<decltype(rank(Member())), Member>> ranked;
    ranked.reserve(plan.record().members.size());
    for (auto& member : plan.record().members) {
        auto its_rank = rank(member);
        ranked.emplace_back(std::move(its_rank), std::move(member));
    }
    const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::sort(ranked.begin(), ranked.end(), less);
    plan.record().members.clear();
    for (auto& [its_rank, member] : ranked) {
        plan.record().members.push_back(std::move(member));
    }
}

}  // namespace

void enrol(Plan& plan) {
    supersede(plan);
    auto& record = plan.record();
    std::map<std::string, std::size_t> enrolled;
    for (std::size_t i = 0; i < record.members.size(); ++i) {
        enrolled.emplace(record.members[i].service, i);
    }
    for (const auto& service : plan.desired.services) {
        if (!is_deployed(service, plan.observed)) {
            continue;
        }
        const auto mode = wanted_mode(service, plan.observed);
        if (!mode) {
            continue;
        }
        const auto at = enrolled.find(service.name);
        if (at == enrolled.end()) {
            record.members.push_back(new_member(plan, service, *mode));
        } else {
            update(plan, record.members[at->second], service, *mode);
        }
    }
    std::erase_if(record.members, [&](const Member& member) {
        const auto* service = plan.desired.service(member.service);
        if (service == nullptr) {
            return true;  // nothing tells any more what it is
        }
        const bool in = is_deployed(*service, plan.observed) &&
                        wanted_mode(*service, plan.observed).has_value();
        return !in && !needs_its_end(plan, member, *service);
    });
    sort_members(plan);
}

}  // namespace wavegate::rollout
