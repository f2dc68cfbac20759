#include "reconcilers/rollout/children.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/converge.hpp"

#include <algorithm>
#include <sstream>

namespace wavegate::rollout {
namespace {

bool is_before_direct(const Member& member) {
    if (const auto* back = member.as<state::RollingBack>()) {
        return !back->back.answers;
    }
    if (member.adopted()) {
        return false;
    }
    const auto* probing = member.as<state::Probing>();
    return member.phase() == Phase::Flipping || member.phase() == Phase::Converging ||
           (probing != nullptr && probing->gate != CheckKind::Through);
}

bool holds_still(const Scene& scene, const Member& member) {
    return !is_before_direct(member) || scene.is_late(member.service, member.since);
}

/// A child that is down or in motion by itself is not the multiplexer's to show.
bool is_excused(const Scene& scene, const std::string& child) {
    const auto& services = scene.desired.services;
    const auto service = std::find_if(services.begin(), services.end(), [&](const auto& spec) {
        return spec.child == child && scene.record.member(spec.name) != nullptr;
    });
    if (service == services.end()) {
        return true;
    }
    const auto& member = *scene.record.member(service->name);
    const auto phase = member.phase();
    const bool is_up = phase == Phase::Ready || phase == Phase::Probed || phase == Phase::Pending ||
                       (phase == Phase::Probing && !is_before_direct(member));
    return !is_up;
}

}  // namespace

std::vector<std::string> list_fact(const Evidence& evidence, std::string_view name) {
    std::vector<std::string> items;
    for (const auto& [key, value] : evidence.facts) {
        if (key != name) {
            continue;
        }
        std::istringstream in(value);
        for (std::string item; std::getline(in, item, ',');) {
            items.push_back(item);
        }
    }
    return items;
}

const SwarmService* running_multiplexer(const Scene& scene) {
    const auto& spec = scene.desired.fleet.multiplexer;
    return scene.observed.running(spec.stack, spec.service);
}

bool fleet_in_motion(const Scene& scene) {
    const auto& members = scene.record.members();
    return std::any_of(members.begin(), members.end(), [&](const Member& member) {
        return !holds_still(scene, member);
    });
}

bool cuts_off_others(const Scene& scene) {
    const auto& services = scene.desired.services;
    return std::any_of(services.begin(), services.end(), [&](const ServiceSpec& service) {
        const auto* block = live_block(service, scene.observed);
        const auto* member = scene.record.member(service.name);
        return block != nullptr && effective_mode(*block) == AuthMode::Jwt &&
               (member == nullptr || holds_still(scene, *member));
    });
}

bool shows_children(const Scene& scene, Time since, Tasks& tasks, MultiplexerMove& move) {
    const auto& stack = scene.desired.fleet.multiplexer.stack;
    const auto& running = *running_multiplexer(scene);
    const auto view = converge(*scene.observed.swarm, running, false);
    const auto left = left_to_watch(scene, running, view, tasks);
    if (scene.observed.swarm.at().mono <= since.mono || left > Duration(0)) {
        move.looks(std::chrono::seconds(1));
        return false;
    }
    const auto* evidence = scene.evidence_since(CheckKind::Children, stack, tasks.since);
    const bool old = evidence == nullptr || scene.age(evidence->taken) >= kAskAgain;
    move.looks(kAskAgain);
    if (evidence == nullptr || evidence->verdict != Verdict::Pass) {
        if (old) {
            move.asks(CheckKind::Children, stack);
        }
        return false;
    }
    const auto up = list_fact(*evidence, "up");
    const auto& wanted = scene.record.multiplexer().children;
    const bool all = std::all_of(wanted.begin(), wanted.end(), [&](const auto& child) {
        return std::find(up.begin(), up.end(), child) != up.end() || is_excused(scene, child);
    });
    if (!all && old) {
        move.asks(CheckKind::Children, stack);
    }
    return all;
}

}  // namespace wavegate::rollout
