#include "reconcilers/rollout/steps.hpp"

#include "operator/model/inputs.hpp"

namespace wavegate::rollout {
namespace {

struct ByState {
    const Scene& scene;
    const Waves& waves;
    const Member& member;

    Move operator()(const state::Pending& in) const { return step_pending(scene, member, in); }
    Move operator()(const state::Flipping& in) const { return step_flipping(scene, member, in); }
    Move operator()(const state::Converging& in) const {
        return step_converging(scene, member, in);
    }
    Move operator()(const state::Probing& in) const { return step_probing(scene, member, in); }
    Move operator()(const state::Probed& in) const { return step_probed(scene, waves, member, in); }
    Move operator()(const state::Ready& /*in*/) const { return stays_as_proven(); }
    Move operator()(const state::Degraded& in) const {
        auto move = stays_as_proven();
        if (!move.turn) {
            move.wait_for(Reason::None, in.cause.message);
        }
        return move;
    }
    Move operator()(const state::RollingBack& in) const {
        return step_back(scene, member, in.back);
    }
    Move operator()(const state::Stuck& in) const { return step_back(scene, member, in.back); }
    Move operator()(const state::RolledBack& in) const {
        return step_rolled_back(scene, member, in);
    }
    Move operator()(const state::Failed& in) const { return rests(in.cause); }
    Move operator()(const state::Held& in) const { return rests(in.cause); }

    /// What is asked of it again is the watch's (watch.hpp).
    [[nodiscard]] Move stays_as_proven() const {
        Move move;
        static_cast<void>(has_changed(scene, member, move));
        return move;
    }
    /// Until a person says otherwise.
    static Move rests(const Cause& cause) {
        Move move;
        move.wait_for(cause.reason, cause.message);
        return move;
    }
};

bool holds_on_failure(const Scene& scene, const Member& member) {
    const auto* wave = scene.wave_of(member.service);
    return wave != nullptr && wave->on_failure == FailurePolicy::Hold;
}

}  // namespace

Move step(const Scene& scene, const Waves& waves, const Member& member) {
    if (auto back = taken_back(scene, member)) {
        return std::move(*back);
    }
    return std::visit(ByState{scene, waves, member}, member.state);
}

void send_back(const Scene& scene, const Member& member, Cause cause, Move& move) {
    const auto* flight = member.flight();
    const auto reason = cause.reason;
    auto message = cause.message;
    auto flown = flight == nullptr ? Flight() : *flight;
    if (holds_on_failure(scene, member)) {
        state::Held held{std::move(flown), std::move(cause)};
        move.turns(Happening::Kept, std::move(held), reason, std::move(message));
        return;
    }
    state::RollingBack rolling;
    rolling.back.flight = std::move(flown);
    rolling.back.cause = std::move(cause);
    move.turns(Happening::Failed, std::move(rolling), reason, std::move(message));
}

bool has_changed(const Scene& scene, const Member& member, Move& move) {
    const auto* running = scene.running(member.service);
    const bool seen_since = scene.observed.swarm.at().mono > member.since.mono;
    if (running == nullptr || scene.observed.swarm.at().mono < member.since.mono) {
        return false;
    }
    const auto& flight = *member.flight();
    if (!scene.is_wanted(running->auth, member.to)) {
        Cause cause{Reason::ChangedByHand, "its auth block was changed by another's hand", false};
        auto message = cause.message;
        move.turns(
            Happening::HandChanged,
            state::Held{flight, std::move(cause)},
            Reason::ChangedByHand,
            std::move(message));
        return true;
    }
    if (member.phase() == Phase::Probing || !seen_since) {
        return false;  // the newest through-probe is of the spec before
    }
    const auto* through = scene.ledger.latest(CheckKind::Through, member.service);
    const bool ready = member.phase() == Phase::Ready || member.phase() == Phase::Degraded;
    const bool stale =
        through != nullptr && (through->verdict == Verdict::Pass || ready) &&
        through->inputs != service_inputs(scene.desired, scene.observed, member.service);
    if (!stale) {
        return false;
    }
    state::Converging again;
    again.flight = flight;
    again.flight.adopted = flight.adopted || ready;
    move.turns(
        Happening::Restarted, std::move(again), Reason::Unverified, "it runs another spec by now");
    return true;
}

}  // namespace wavegate::rollout
