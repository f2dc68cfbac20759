// Written, or found as it should be: Swarm is to run exactly that, with the same tasks for a while.
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/adopt.hpp"
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/steps.hpp"
#include "reconcilers/rollout/trouble.hpp"

namespace wavegate::rollout {
namespace {

/// A stack deploy is accepted some seconds before Swarm has the new spec.
constexpr Duration kSpecGrace = std::chrono::seconds(10);

/// Does anything differ that the flip did not set? Its image, say, or a commit that came between.
bool changed_more(const Scene& scene, const Flight& flight, const SwarmService& running) {
    const auto* intent = flight.adopted ? nullptr : scene.intent(flight.intent);
    return intent != nullptr && intent->kind == "flip" && !intent->untouched.empty() &&
           untouched_digest(running, intent->keys) != intent->untouched;
}

void judge(
    const Scene& scene,
    const Member& member,
    state::Converging next,
    const Cause& cause,
    Move& move) {
    const auto blame = accuse(scene, member, cause, next.trouble, move);
    if (blame == Blame::Borne) {
        move.keeps(std::move(next));
        return;
    }
    auto own = cause;
    own.shared = blame == Blame::Shared;
    send_back(scene, member, std::move(own), move);
}

/// It runs another block than was written: at first that may only be late.
void wait_for_block(
    const Scene& scene,
    const Member& member,
    const state::Converging& in,
    Move& move) {
    move.wait_for(Reason::None, "Swarm does not run the new block yet").looks(kAskAgain);
    if (scene.age(member.since) > kSpecGrace) {
        const Cause cause{
            Reason::RejectedBySwarm, "it runs another auth block than written", false};
        judge(scene, member, in, cause, move);
    }
}

void hold_foreign(const SwarmService& running, const state::Converging& in, Move& move) {
    Cause cause{
        Reason::ForeignChange,
        "more than its own variables changed with the flip (its image now: " + running.image +
            "): look at what its stack deploys",
        false};
    auto message = cause.message;
    state::Held held{in.flight, std::move(cause)};
    move.turns(Happening::HandChanged, std::move(held), Reason::ForeignChange, std::move(message));
}

/// It runs what was written. The same tasks must do so for a while.
void watch_tasks(
    const Scene& scene,
    const Member& member,
    const SwarmService& running,
    const ConvergenceView& view,
    state::Converging next,
    Move& move) {
    const auto left = left_to_watch(scene, running, view, next.tasks);
    if (left == Duration(0)) {
        state::Probing probing;
        probing.flight = next.flight;
        probing.gate = member.to == AuthMode::Jwt ? CheckKind::Unauthorized : CheckKind::Open;
        move.turns(Happening::Converged, std::move(probing), Reason::None, view.message);
        return;
    }
    move.wait_for(next.flight.adopted ? Reason::Unverified : Reason::None, view.message)
        .looks(left);
    const bool late = scene.is_late(member.service, member.since);
    if (!late) {
        move.decides(scene.deadline_of(member.service) - scene.age(member.since));
    }
    if (view.state == Convergence::Failed || late) {
        const auto reason = late ? Reason::DeadlineExceeded : Reason::GateFailed;
        judge(scene, member, std::move(next), {reason, view.message, false}, move);
    } else {
        move.keeps(std::move(next));
    }
}

}  // namespace

Move step_converging(const Scene& scene, const Member& member, const state::Converging& in) {
    if (auto ours = take_up(scene, member, in)) {
        return std::move(*ours);
    }
    Move move;
    const auto* running = scene.running(member.service);
    if (running == nullptr || scene.observed.swarm.at().mono < member.since.mono) {
        const bool told = scene.observed.told && is_landing(scene.observed, scene.ledger, member);
        return move.looks(told ? kLookAtUpdates : kAskAgain);
    }
    const auto view = converge(*scene.observed.swarm, *running, !in.flight.adopted);
    if (view.seen == ProbeClass::RolledBackBySwarm) {
        judge(scene, member, in, {Reason::RejectedBySwarm, view.message, false}, move);
    } else if (!scene.is_wanted(running->auth, member.to)) {
        wait_for_block(scene, member, in, move);
    } else if (changed_more(scene, in.flight, *running)) {
        hold_foreign(*running, in, move);
    } else {
        watch_tasks(scene, member, *running, view, in, move);
    }
    return move;
}

}  // namespace wavegate::rollout
