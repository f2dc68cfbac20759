#include "tests/sim/kill_scenarios.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wavegate::testing {
namespace {

constexpr Duration kLongest = std::chrono::hours(8);

bool run_as(const Rig& rig, const Modes& modes) {
    return std::all_of(modes.begin(), modes.end(), [&](const auto& mode) {
        return rig.auth(mode.first) == mode.second;
    });
}

}  // namespace

void PrintTo(const KillScenario& scenario, std::ostream* out) {
    *out << scenario.name;
}

sandbox::DesiredPlan brief_wave(const std::vector<std::string>& services, const std::string& auth) {
    auto plan = one_wave(services, auth);
    plan.token_lifespan = "1m";
    plan.waves.front().soak = "75s";
    return plan;
}

bool ends(Rig& rig, const std::string& standing, const Modes& modes) {
    return rig.until(
        [&] { return rig.view()->standing == standing && run_as(rig, modes); }, kLongest);
}

bool turns(Rig& rig, const sandbox::DesiredPlan& desired, const Modes& modes) {
    rig.commit(desired);
    rig.running().controller().look_now();
    return ends(rig, "Converged", modes);
}

bool reaches(Rig& rig, const std::string& service, Phase phase) {
    return rig.until(
        [&] {
            const auto* member = rig.disk.kept.record.member(service);
            return member != nullptr && member->phase() == phase;
        },
        kLongest);
}

bool insist(Rig& rig, Command::Verb verb, const std::string& service) {
    Command command;
    command.verb = verb;
    command.service = service;
    command.who = "a person";
    constexpr int tries = 3;
    for (int i = 0; i < tries; ++i) {
        const auto outcome = rig.running().begin(rig.running().controller().command(command));
        // Said again, it may mean nothing any more: the first time it was heard.
        if (rig.until([&] { return outcome->ended; }, std::chrono::minutes(1))) {
            rig.oracle.told(verb, service);
            return i > 0 || outcome->take().has_value();
        }
    }
    return false;
}

void break_verifier(Rig& rig, const std::string& service) {
    rig.world.behaviour(service).jwks_down = true;
}

std::vector<KillScenario> kill_scenarios() {
    std::vector<KillScenario> all;
    for (auto* some :
         {rollout_scenarios, stack_scenarios, person_scenarios, afterwards_scenarios}) {
        auto these = some();
        std::move(these.begin(), these.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace wavegate::testing
