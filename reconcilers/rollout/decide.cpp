#include "reconcilers/rollout/decide.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/enrol.hpp"
#include "reconcilers/rollout/faults.hpp"
#include "reconcilers/rollout/flips.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/multiplexer.hpp"
#include "reconcilers/rollout/reduce.hpp"
#include "reconcilers/rollout/shared_edits.hpp"
#include "reconcilers/rollout/standing.hpp"
#include "reconcilers/rollout/steps.hpp"
#include "reconcilers/rollout/tools.hpp"
#include "reconcilers/rollout/waits.hpp"
#include "reconcilers/rollout/watch.hpp"

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// A fleet that was there a pass ago does not leave as a whole: the list is wrong (another
/// cluster, a credential that may see no more), not empty.
bool sees_nothing(const Scene& scene) {
    const auto& services = scene.desired.services;
    return !scene.record.members().empty() &&
           std::none_of(services.begin(), services.end(), [&](const ServiceSpec& service) {
               return is_deployed(service, scene.observed);
           });
}

bool is_blind(const Scene& scene) {
    return !scene.observed.stacks.ok() || !scene.observed.swarm.ok() || sees_nothing(scene);
}

/// Nothing is known of any service, so nothing about any is decided.
Step stay_blind(Reducer& reducer) {
    const auto& scene = reducer.scene();
    release_shared_edits(reducer);
    Wait wait;
    wait.object = "Fleet/" + scene.desired.fleet.name;
    wait.message = "stacks and services can't be observed";
    wait.since = scene.now;
    reducer.wait(std::move(wait));
    reducer.look(kAskAgain);
    return reducer.take();
}

/// Each member's step looks at the fleet as the steps before it left it.
void step_members(Reducer& reducer) {
    const auto& scene = reducer.scene();
    const Waves waves(scene);
    for (const auto& member : scene.record.members()) {
        reducer.take(member, step(scene, waves, member));
    }
}

/// Once more as long as something changed: what follows from a change is decided with it.
void settle_down(Reducer& reducer) {
    constexpr int most = 32;
    for (int round = 0; round < most; ++round) {
        reducer.begin_round();
        enrol(reducer);
        step_members(reducer);
        keep_watch(reducer);
        follow_shared_parts(reducer);
        reducer.take(step_multiplexer(reducer.scene()));
        follow_canary(reducer);
        release_flips(reducer);
        release_shared_edits(reducer);
        release_env_sync(reducer);
        if (!reducer.changed()) {
            return;
        }
    }
    reducer.look(Duration(0));
}

void conclude(Reducer& reducer) {
    const auto& scene = reducer.scene();
    std::map<std::string, WavePhase> phases;
    const Waves waves(scene);
    for (const auto& wave : waves.all()) {
        phases[wave.spec->name] = phase_of(scene, wave);
    }
    std::vector<std::string> excepted;
    for (const auto& member : scene.record.members()) {
        if (is_excepted(scene, member)) {
            excepted.push_back(member.service);
        }
    }
    reducer.conclude(standing(reducer), std::move(phases), std::move(excepted));
}

}  // namespace

Step decide(
    const DesiredState& desired,
    const Observed& observed,
    const Diff& diff,
    const RolloutRecord& record,
    const Ledger& ledger,
    Time now) {
    Reducer reducer(desired, observed, diff, record, ledger, now);
    reducer.hear_words();
    if (is_blind(reducer.scene())) {
        return stay_blind(reducer);
    }
    settle_down(reducer);
    remember_tools(reducer);
    tell_faults(reducer);
    tell_waits(reducer);
    finish(reducer);
    conclude(reducer);
    return reducer.take();
}

}  // namespace wavegate::rollout
