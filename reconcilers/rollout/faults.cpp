#include "reconcilers/rollout/faults.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/rounds.hpp"
#include "reconcilers/rollout/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace wavegate::rollout {
namespace {

/// A check that is asked of a part, and not of a service.
struct ControlPoint {
    CheckKind kind = CheckKind::Token;
    std::string_view part;
    std::string subject;
    std::string inputs;  ///< evidence of other inputs says nothing of what is there now
    Duration every{};
};

std::vector<ControlPoint> control_points(const Scene& scene) {
    const auto& fleet = scene.desired.fleet;
    const auto beat = beat_of(fleet.watch);
    // A pass comes once a beat: asked half a beat early, an answer is never much older than said.
    const auto gates = fleet.watch.gates - std::min(beat, fleet.watch.gates) / 2;
    return {
        {CheckKind::Token,
         kKeycloak,
         fleet.name,
         token_inputs(scene.desired, scene.observed),
         gates},
        {CheckKind::Policy,
         kPolicies,
         fleet.name,
         policy_inputs(scene.desired, scene.observed),
         gates},
        {CheckKind::Children, kMultiplexer, fleet.multiplexer.stack, "", round_of(fleet.watch)}};
}

std::string fact_of(const Evidence& evidence, std::string_view name) {
    const auto* found = evidence.facts.find(name);
    return found == nullptr ? std::string() : *found;
}

/// What a bad answer of a control point comes to, as a headline.
std::string headline_of(const Evidence& evidence) {
    if (evidence.kind == CheckKind::Children) {
        return fmt::format("multiplexer: {}", explained(evidence));
    }
    if (evidence.kind == CheckKind::Token) {
        return fmt::format("keycloak: {}", explained(evidence));
    }
    const auto policy = fact_of(evidence, "policy");
    const auto named = policy.empty() ? std::string("a policy") : "policy " + policy;
    if (evidence.seen == ProbeClass::Open) {
        return fmt::format(
            "{} opens everything: it lets in {}; narrow or delete it",
            named,
            fact_of(evidence, "principal"));
    }
    if (evidence.seen == ProbeClass::PolicyDenied) {
        return fmt::format("{} denies the multiplexer's principal", named);
    }
    return fmt::format("eunomia: {}", explained(evidence));
}

const SharedFault* fault_of(const RolloutRecord& record, std::string_view part) {
    const auto& faults = record.faults();
    const auto at = std::find_if(
        faults.begin(), faults.end(), [&](const SharedFault& fault) { return fault.part == part; });
    return at == faults.end() ? nullptr : &*at;
}

void follow(Reducer& reducer, const ControlPoint& point) {
    const auto& scene = reducer.scene();
    const auto* evidence = scene.ledger.latest(point.kind, point.subject);
    const bool of_now = evidence != nullptr &&
                        (point.inputs.empty() || evidence->inputs == point.inputs) &&
                        (point.kind != CheckKind::Children ||
                         evidence->taken.mono >= scene.record.multiplexer().since.mono);
    const Question question{point.kind, point.subject, AuthMode::Jwt, false};
    if (!of_now) {
        reducer.ask(question);
        return;
    }
    const auto object = object_of_fault(scene.desired, point.part);
    auto pause = point.every;
    if (evidence->verdict == Verdict::Pass) {
        reducer.end_fault(point.part, object);
    } else {
        const auto* fault = fault_of(scene.record, point.part);
        const auto since = fault == nullptr ? evidence->taken : fault->since;
        const bool again = evidence->taken.mono - since.mono >= kMoment;
        reducer.raise_fault(
            {std::string(point.part), headline_of(*evidence), since, again}, object);
        pause = again ? kBadAgain : kMoment;
        reducer.look(pause);
    }
    if (scene.age(evidence->taken) >= pause) {
        reducer.ask(question);
    }
}

}  // namespace

std::string object_of_fault(const DesiredState& desired, std::string_view part) {
    const auto& fleet = desired.fleet;
    if (part == kMultiplexer || part == kThrough) {
        return "Multiplexer/" + fleet.multiplexer.stack;
    }
    if (part == kKeycloak) {
        return "OidcClient/" + fleet.multiplexer.client;
    }
    return "Fleet/" + fleet.name;
}

std::string headline_of_several(const Evidence& bad) {
    if (bad.kind != CheckKind::Through) {
        return fmt::format(
            "services: several do not answer as they did: {}; look at what stands before them",
            told(bad));
    }
    switch (bad.seen) {
        case ProbeClass::PolicyDenied:
            return "multiplexer: sends no principal, or another: services deny its calls, and "
                   "answer when they are called directly with the right one";
        case ProbeClass::TokenRefused:
            return "multiplexer: its calls get no answer, or its token is refused; services "
                   "answer directly";
        case ProbeClass::OwnCredential:
            return "multiplexer: it refuses the operator's own bearer";
        case ProbeClass::PolicyServerUnreachable:
            return "eunomia: services can't reach the policy server";
        default:
            return fmt::format("multiplexer: calls through it fail: {}", told(bad));
    }
}

void watch_gates(Reducer& reducer) {
    const auto& scene = reducer.scene();
    const auto& members = scene.record.members();
    const bool depended_on = std::any_of(members.begin(), members.end(), [](const Member& member) {
        return member.to == AuthMode::Jwt &&
               (member.phase() == Phase::Ready || member.phase() == Phase::Degraded);
    });
    if (!depended_on) {
        reducer.forget_faults();
        return;
    }
    // While it is wired or restarted, neither its env nor its children are as they should be. Where
    // its secret can't be seen it is Unknown: that is for gate 1 to tell.
    const bool wired = scene.multiplexer_is(MultiplexerStage::Wired);
    if (!wired && !scene.multiplexer_is(MultiplexerStage::Unknown)) {
        return;
    }
    for (const auto& point : control_points(scene)) {
        if (wired || point.kind != CheckKind::Children) {
            follow(reducer, point);
        }
    }
}

void tell_faults(Reducer& reducer) {
    const auto& scene = reducer.scene();
    for (const auto& fault : scene.record.faults()) {
        if (!fault.confirmed) {
            continue;
        }
        Wait wait;
        wait.object = object_of_fault(scene.desired, fault.part);
        wait.reason = Reason::SharedFault;
        wait.message = fault.message;
        wait.since = fault.since;
        reducer.wait(std::move(wait));
    }
}

}  // namespace wavegate::rollout
