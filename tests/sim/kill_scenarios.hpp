#pragma once

#include "tests/sim/rig.hpp"

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A fleet, what happens to it, and how that ends, wherever the operator is killed meanwhile. What
/// it waits for is seen in the World and on the operator's disk, which outlive a process.
struct KillScenario {
    std::string name;
    sandbox::WorldPlan world;
    sandbox::DesiredPlan desired;
    /// Brings the fleet to where the story begins; nobody is killed yet. False: it didn't get
    /// there.
    std::function<bool(Rig&)> prepare = [](Rig& /*rig*/) { return true; };
    /// False: it did not end as it should.
    std::function<bool(Rig&)> play = nullptr;
};

/// All of them, by distinct names.
std::vector<KillScenario> kill_scenarios();

// By what the fleet is made to do.
std::vector<KillScenario> rollout_scenarios();     ///< kill_rollouts.cpp
std::vector<KillScenario> stack_scenarios();       ///< kill_stacks.cpp
std::vector<KillScenario> person_scenarios();      ///< kill_persons.cpp
std::vector<KillScenario> afterwards_scenarios();  ///< kill_afterwards.cpp

void PrintTo(const KillScenario& scenario, std::ostream* out);

// What their stories are told in.
/// `one_wave`, with as short a soak as its tokens allow: many fleets are to be watched through it.
sandbox::DesiredPlan brief_wave(const std::vector<std::string>& services, const std::string& auth);
using Modes = std::map<std::string, std::string>;
inline const Modes kBothJwt{{"a-mcp", "jwt"}, {"b-mcp", "jwt"}};
inline const Modes kBothOpen{{"a-mcp", "none"}, {"b-mcp", "none"}};
/// Until the operator says so and the services run in these modes.
bool ends(Rig& rig, const std::string& standing, const Modes& modes);
/// The same with a newer desired state.
bool turns(Rig& rig, const sandbox::DesiredPlan& desired, const Modes& modes);
/// Until the disk shows the service in this phase.
bool reaches(Rig& rig, const std::string& service, Phase phase);
/// A person's command, repeated until one was answered.
bool insist(Rig& rig, Command::Verb verb, const std::string& service = "");
/// The service can't check tokens: every flip of it must go back.
void break_verifier(Rig& rig, const std::string& service);

}  // namespace wavegate::testing
