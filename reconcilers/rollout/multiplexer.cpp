#include "reconcilers/rollout/multiplexer.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/children.hpp"
#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/settle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

constexpr std::size_t kRestartsAnHour = 3;

struct ByStage {
    const Scene& scene;

    MultiplexerMove operator()(const stage::Unknown& /*in*/) const { return step_unknown(scene); }
    MultiplexerMove operator()(const stage::Wired& /*in*/) const { return step_wired(scene); }
    MultiplexerMove operator()(const stage::Wiring& in) const { return step_wiring(scene, in); }
    MultiplexerMove operator()(const stage::Restarting& in) const {
        return step_restarting(scene, in);
    }
    MultiplexerMove operator()(const stage::Unwiring& in) const { return step_unwiring(scene, in); }
    MultiplexerMove operator()(const stage::Failed& in) const {
        MultiplexerMove move;
        return move.waits(in.cause);
    }
};

std::vector<Time> recent_restarts(const Scene& scene) {
    auto restarts = scene.record.multiplexer().restarts;
    std::erase_if(restarts, [&](const Time& at) { return scene.age(at) > std::chrono::hours(1); });
    return restarts;
}

Edit restart_of(const Scene& scene, const SwarmService& running) {
    RestartEdit body;
    body.service = scene.desired.fleet.multiplexer.stack;
    body.swarm_service = running.name;
    body.reason = "it lost a child that answers directly";
    Edit edit;
    edit.target = "service/" + running.name;
    edit.why = body.reason;
    edit.id = short_hash(fmt::format("{}\n{}", edit.target, running.force_update), 16);
    edit.body = std::move(body);
    return edit;
}

MultiplexerMove release_restart(const Scene& scene) {
    MultiplexerMove move;
    const auto restarts = recent_restarts(scene);
    if (restarts.size() >= kRestartsAnHour) {
        const std::string cause = "MultiplexerLosesChildren: three restarts in an hour";
        return move.turns(stage::Failed{cause}, cause);
    }
    const auto pause = std::chrono::minutes(1) * static_cast<int>(restarts.size());
    const bool early = !restarts.empty() && scene.age(restarts.back()) < pause;
    if (fleet_in_motion(scene) || early) {
        return move.waits("a restart of it waits for services in motion").looks(kAskAgain);
    }
    auto edit = restart_of(scene, *running_multiplexer(scene));
    if (!scene.ledger.takes_commits || pause_of(scene, edit)) {
        return move.waits("a restart of it is due").looks(kAskAgain);
    }
    move.release = std::move(edit);
    return move.waits("it is being restarted");
}

}  // namespace

MultiplexerMove step_multiplexer(const Scene& scene) {
    if (running_multiplexer(scene) == nullptr) {
        MultiplexerMove move;
        return move.waits("it is not deployed, or not to be seen");
    }
    return std::visit(ByStage{scene}, scene.record.multiplexer().state);
}

MultiplexerMove step_restarting(const Scene& scene, const stage::Restarting& in) {
    if (in.intent.empty()) {
        return release_restart(scene);
    }
    MultiplexerMove move;
    const auto outcome = outcome_of(scene, in.intent);
    if (outcome == Outcome::NotWritten || outcome == Outcome::Failed) {
        move.stays = stage::Restarting();
        move.undone = true;
        return move.looks(kAskAgain);
    }
    auto next = in;
    move.waits("it was restarted, and shows its children again soon");
    // A lost answer is harmless here: another restart would only repeat what this one does.
    const auto since = scene.record.multiplexer().since;
    if (outcome != Outcome::Unknown &&
        shows_children(scene, since, next.tasks, move) == Shown::All) {
        return move.turns(stage::Wired(), "it was restarted and shows its children again");
    }
    if (scene.age(since) > kMultiplexerDeadline && outcome != Outcome::Unknown) {
        next = stage::Restarting();
    }
    move.decides(kAskAgain).stays = std::move(next);
    return move;
}

}  // namespace wavegate::rollout
