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

/// What becomes of a child that the multiplexer does not show, though it should.
enum class Missing {
    Excused,  ///< down or in motion by itself: not the multiplexer's to show
    Asked,    ///< not known yet whether it answers by itself
    Lost,     ///< it answers by itself
};

/// It may have gone away since its phase was concluded: it is asked now, around the multiplexer.
Missing ask_directly(const Scene& scene, const Member& member, Time since, MultiplexerMove& move) {
    const auto* running = scene.running(member.service);
    const auto mode = running == nullptr ? AuthMode::None : scene.mode_of(running->auth);
    const auto kind = mode == AuthMode::Jwt ? CheckKind::Direct : CheckKind::Open;
    const auto* evidence = scene.evidence_since(kind, member.service, since);
    if (evidence == nullptr || scene.age(evidence->taken) >= kBadAgain) {
        move.asks(kind, member.service, mode);
    }
    if (evidence == nullptr || evidence->verdict == Verdict::Unknown) {
        return Missing::Asked;
    }
    return evidence->verdict == Verdict::Pass ? Missing::Lost : Missing::Excused;
}

Missing missing(const Scene& scene, const std::string& child, Time since, MultiplexerMove& move) {
    const auto& services = scene.desired.services;
    const auto service = std::find_if(services.begin(), services.end(), [&](const auto& spec) {
        return spec.child == child && scene.record.member(spec.name) != nullptr;
    });
    if (service == services.end()) {
        return Missing::Excused;
    }
    const auto& member = *scene.record.member(service->name);
    const auto phase = member.phase();
    const bool is_up = phase == Phase::Ready || phase == Phase::Probed || phase == Phase::Pending ||
                       (phase == Phase::Probing && !is_before_direct(member));
    return is_up ? ask_directly(scene, member, since, move) : Missing::Excused;
}

/// Of those that it showed before.
Shown compare(const Scene& scene, const Evidence& evidence, Time since, MultiplexerMove& move) {
    const auto up = list_fact(evidence, "up");
    bool any = false;
    bool asked = false;
    bool lost = false;
    for (const auto& child : scene.record.multiplexer().children) {
        if (std::find(up.begin(), up.end(), child) != up.end()) {
            any = true;
            continue;
        }
        const auto what = missing(scene, child, since, move);
        asked = asked || what == Missing::Asked;
        lost = lost || what == Missing::Lost;
    }
    if (!asked && !lost) {
        return Shown::All;
    }
    return any && !asked ? Shown::AllButLost : Shown::NotYet;
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
        const auto* member = scene.record.member(service.name);
        return enforces(scene.desired, service, scene.observed) &&
               (member == nullptr || holds_still(scene, *member));
    });
}

Shown shows_children(const Scene& scene, Time since, Tasks& tasks, MultiplexerMove& move) {
    const auto& stack = scene.desired.fleet.multiplexer.stack;
    const auto& running = *running_multiplexer(scene);
    const auto view = converge(*scene.observed.swarm, running, false);
    const auto left = left_to_watch(scene, running, view, tasks);
    if (scene.observed.swarm.at().mono <= since.mono) {
        const bool told = scene.observed.told &&
                          is_landing(scene.observed, scene.ledger, scene.record.multiplexer());
        move.looks(told ? kLookAtUpdates : Duration(std::chrono::seconds(1)));
        return Shown::NotYet;
    }
    if (left > Duration(0)) {
        move.looks(left);
        return Shown::NotYet;
    }
    const auto* evidence = scene.evidence_since(CheckKind::Children, stack, tasks.since);
    const bool old = evidence == nullptr || scene.age(evidence->taken) >= kAskAgain;
    move.decides(kAskAgain);
    const bool answered = evidence != nullptr && evidence->verdict == Verdict::Pass;
    const auto shown = answered ? compare(scene, *evidence, tasks.since, move) : Shown::NotYet;
    if (shown != Shown::All && old) {
        move.asks(CheckKind::Children, stack);
    }
    return shown;
}

}  // namespace wavegate::rollout
