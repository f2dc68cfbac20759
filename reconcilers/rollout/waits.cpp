#include "reconcilers/rollout/waits.hpp"

#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/trouble.hpp"

namespace wavegate::rollout {
namespace {

Hold hold_of(const Reducer& reducer, const Member& member) {
    const auto& holds = reducer.holds();
    const auto at = holds.find("Service/" + member.service);
    return at == holds.end() ? Hold() : at->second;
}

std::string verb_of_pending(Reason reason) {
    switch (reason) {
        case Reason::Rejected:
        case Reason::Flapping:
        case Reason::BaselineBroken:
            return "retry";
        case Reason::DeadlineExceeded:
            return "accept";
        case Reason::Paused:
            return "resume";
        default:
            return "";
    }
}

std::string verb_for(const Member& member, Reason reason) {
    switch (member.phase()) {
        case Phase::Stuck:
        case Phase::Failed:
        case Phase::Ready:
        case Phase::Degraded:
            return "accept";
        case Phase::RolledBack:
        case Phase::Held:
            return "retry";
        case Phase::Pending:
            return verb_of_pending(reason);
        default:
            return reason == Reason::DeadlineExceeded && member.adopted() ? "accept" : "";
    }
}

/// When it began to wait for that, as far as something other than its phase tells.
Time since(const Scene& scene, const Member& member, Reason reason) {
    if (reason == Reason::SharedCause && scene.record.shared_bad()) {
        return *scene.record.shared_bad();
    }
    const auto* pending = member.as<state::Pending>();
    if (pending != nullptr && pending->broken_since &&
        (reason == Reason::BaselineBroken || reason == Reason::DeadlineExceeded)) {
        return *pending->broken_since;
    }
    const auto* trouble = member.trouble();
    return trouble != nullptr && trouble->since ? *trouble->since : member.since;
}

void tell_member(Reducer& reducer, const Member& member) {
    const auto& scene = reducer.scene();
    const auto hold = hold_of(reducer, member);
    Wait wait;
    wait.object = "Service/" + member.service;
    wait.reason = hold.reason;
    wait.message = hold.message;
    wait.since = since(scene, member, hold.reason);
    wait.verb = verb_for(member, hold.reason);
    const bool moves = in_motion(member.phase()) || member.phase() == Phase::RollingBack;
    if (moves && !member.adopted()) {
        wait.until = member.since.mono + scene.deadline_of(member.service);
    }
    reducer.wait(std::move(wait));
}

/// Why a person is wanted elsewhere; None where nobody is.
Reason reason_for_person(const Obstacle& obstacle) {
    for (const auto known :
         {Reason::Foreign,
          Reason::EnvUnreadable,
          Reason::StackRepoAhead,
          Reason::NeedsPassThrough}) {
        if (obstacle.reason == to_string(known)) {
            return known;
        }
    }
    return Reason::None;
}

/// Of a service that is not Ready, its own wait tells the first thing to do.
bool is_told_of_its_service(const Scene& scene, const Obstacle& obstacle) {
    constexpr std::string_view service = "Service/";
    const auto* member = obstacle.object.starts_with(service)
                             ? scene.record.member(obstacle.object.substr(service.size()))
                             : nullptr;
    return member != nullptr && member->phase() != Phase::Ready;
}

}  // namespace

void tell_waits(Reducer& reducer) {
    const auto& scene = reducer.scene();
    for (const auto& obstacle : scene.diff.obstacles) {
        const auto reason = reason_for_person(obstacle);
        if (reason == Reason::None || is_told_of_its_service(scene, obstacle)) {
            continue;
        }
        Wait wait;
        wait.object = obstacle.object;
        wait.reason = reason;
        wait.message = obstacle.message;
        wait.since = scene.record.started();
        reducer.wait(std::move(wait));
    }
    for (const auto& member : scene.record.members()) {
        // What a shared part does to a Ready service is told of that part.
        const bool is_well = member.phase() == Phase::Ready &&
                             (!is_doubted(scene.ledger, member) ||
                              hold_of(reducer, member).reason == Reason::SharedFault);
        if (!is_well) {
            tell_member(reducer, member);
        }
    }
}

}  // namespace wavegate::rollout
