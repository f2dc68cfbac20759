#include "reconcilers/rollout/enrol.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/adopt.hpp"
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace wavegate::rollout {
namespace {

/// Does it run a block that was ours or proven, and that a newer commit no longer wants? (What
/// another's hand brought was neither.)
bool is_outdated(const Scene& scene, const Member& member, const ServiceSpec& service) {
    const auto phase = member.phase();
    const bool stands = phase == Phase::Converging || phase == Phase::Probing ||
                        phase == Phase::Probed || phase == Phase::Ready || phase == Phase::Degraded;
    const auto* running = scene.running(member.service);
    if (!stands || member.to != AuthMode::Jwt || running == nullptr ||
        scene.mode_of(running->auth) != AuthMode::Jwt ||
        in_wanted_mode(scene.desired, service, scene.observed)) {
        return false;
    }
    const auto* flip = scene.intent(member.flight()->intent);
    const bool ours =
        flip != nullptr && flip->kind == "flip" && flip->block_after == canonical(running->auth);
    return ours || is_probed(scene, service, AuthMode::Jwt);
}

/// Pending, and as it should be already: what is still to be written (its file or branch says
/// otherwise) is not reached, and what landed too late is not adopted.
bool is_reached(const Scene& scene, const Member& member, const ServiceSpec& service) {
    return member.phase() == Phase::Pending &&
           in_wanted_mode(scene.desired, service, scene.observed) &&
           scene.edit_for(member.service, StackPurpose::Flip) == nullptr &&
           landed_late(scene, member.service) == nullptr;
}

/// What was held on its new block is still a flip under test, retried or not.
void reach(Reducer& reducer, const Member& member, const ServiceSpec& service) {
    state::Probing next;
    next.gate = member.to == AuthMode::Jwt ? CheckKind::Unauthorized : CheckKind::Open;
    if (auto flight = own_flight(reducer.scene(), service, member.to)) {
        next.flight = std::move(*flight);
    } else {
        next.flight.adopted = true;
    }
    Move move;
    move.turns(
        Happening::Converged, std::move(next), Reason::Unverified, "already in the wanted mode");
    reducer.take(member, move);
}

void update(Reducer& reducer, const Member& member, const ServiceSpec& service, AuthMode mode) {
    const auto& scene = reducer.scene();
    if (member.to != mode) {
        reducer.turn_to(member, mode, "a newer commit wants otherwise");
    } else if (is_outdated(scene, member, service)) {
        reducer.turn_to(member, mode, "a newer commit wants another block");
    }
    const auto* held = member.as<state::Held>();
    if (held != nullptr && held->flight.adopted && !service.modes.none &&
        in_wanted_mode(scene.desired, service, scene.observed)) {
        reducer.turn_to(member, mode, "what it was found with is what is wanted now");
    }
    if (member.to == mode && is_reached(scene, member, service)) {
        reach(reducer, member, service);
    }
}

/// Stays although it is out of sight, or although its document left: what was begun is brought to
/// its end, and what a person must decide is not forgotten.
bool needs_its_end(const Scene& scene, const Member& member, const ServiceSpec& service) {
    const auto phase = member.phase();
    return phase == Phase::RollingBack || phase == Phase::Stuck || phase == Phase::Flipping ||
           (phase == Phase::Held && service.declared) ||
           (takes_slot(member) && is_deployed(service, scene.observed));
}

bool leaves(const Scene& scene, const Member& member) {
    const auto* service = scene.desired.service(member.service);
    if (service == nullptr) {
        return true;  // nothing tells any more what it is
    }
    const bool in = is_deployed(*service, scene.observed) &&
                    wanted_mode(scene.desired, *service, scene.observed).has_value();
    return !in && !needs_its_end(scene, member, *service);
}

/// In wave order, what flips last at the end of its wave, then by name.
auto ranks_of(const Scene& scene) {
    std::map<std::string, std::tuple<std::size_t, bool>> ranks;
    for (const auto& member : scene.record.members()) {
        const auto* service = scene.desired.service(member.service);
        const auto wave = service == nullptr ? scene.desired.fleet.waves.size()
                                             : scene.desired.wave_index(service->wave);
        ranks.emplace(member.service, std::tuple(wave, member.service == kPortainerItself));
    }
    return ranks;
}

}  // namespace

void enrol(Reducer& reducer) {
    const bool anew = reducer.supersede();
    const auto& scene = reducer.scene();
    std::map<std::string, std::size_t> enrolled;
    const auto& members = scene.record.members();
    for (std::size_t i = 0; i < members.size(); ++i) {
        enrolled.emplace(members[i].service, i);
    }
    for (const auto& service : scene.desired.services) {
        const auto mode = is_deployed(service, scene.observed)
                              ? wanted_mode(scene.desired, service, scene.observed)
                              : std::nullopt;
        if (!mode) {
            continue;
        }
        const auto at = enrolled.find(service.name);
        if (at != enrolled.end()) {
            const auto& member = members[at->second];
            if (anew && member.phase() == Phase::Pending && is_strange(scene, service)) {
                reducer.find_anew(member, found_member(scene, service, *mode));
            }
            update(reducer, members[at->second], service, *mode);
            continue;
        }
        auto found = found_member(scene, service, *mode);
        if (takes_slot(found) && scene.record.canary().empty()) {
            reducer.make_canary(found.service);
        }
        reducer.enlist(std::move(found));
    }
    const auto ranks = ranks_of(scene);
    reducer.muster(
        [&](const Member& member) { return leaves(scene, member); },
        [&](const Member& a, const Member& b) {
            return std::tie(ranks.at(a.service), a.service) <
                   std::tie(ranks.at(b.service), b.service);
        });
}

}  // namespace wavegate::rollout
