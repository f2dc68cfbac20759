// What people say and do while the operator works.
#include "tests/sim/hands.hpp"
#include "tests/sim/kill_scenarios.hpp"

#include <algorithm>
#include <cstddef>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

const Modes kSecondOpen{{"a-mcp", "jwt"}, {"b-mcp", "none"}};

bool halts_at_the_second(Rig& rig) {
    break_verifier(rig, "b-mcp");
    return ends(rig, "Halted", kSecondOpen);
}

KillScenario halted_and_retried() {
    KillScenario it{"halted-and-retried", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.prepare = halts_at_the_second;
    it.play = [](Rig& rig) {
        rig.world.behaviour("b-mcp").jwks_down = false;
        return insist(rig, Command::Verb::Retry, "b-mcp") && ends(rig, "Converged", kBothJwt);
    };
    return it;
}

KillScenario accepted() {
    KillScenario it{"accepted", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.desired.grafana = true;
    it.prepare = halts_at_the_second;
    it.play = [](Rig& rig) {
        return insist(rig, Command::Verb::Accept, "b-mcp") && ends(rig, "Converged", kSecondOpen);
    };
    return it;
}

/// Its verifier reads the switch when it starts: a person mends it and restarts it.
void mend(Rig& rig, const std::string& service) {
    rig.by_hand([&](sandbox::World& world) {
        world.behaviour(service).jwks_down = false;
        const auto* stack = world.portainer.stack(service);
        auto file = stack->disk.at(stack->entry_point);
        file.insert(file.find("      - HOST="), "      - MENDED=1\n");
        static_cast<void>(world.portainer.edit_by_hand(service, file, std::nullopt));
    });
}

KillScenario held_on_failure() {
    KillScenario it{"held-on-failure", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.desired.waves.front().extra = "onFailure: hold";
    it.prepare = [](Rig& rig) {
        break_verifier(rig, "b-mcp");
        return true;
    };
    it.play = [](Rig& rig) {
        if (!reaches(rig, "b-mcp", Phase::Held)) {
            return false;
        }
        mend(rig, "b-mcp");
        rig.pass_time(1min);
        return insist(rig, Command::Verb::Retry, "b-mcp") && ends(rig, "Converged", kBothJwt);
    };
    return it;
}

std::ptrdiff_t enforcing(const Rig& rig) {
    return std::count_if(kTwo.begin(), kTwo.end(), [&](const std::string& service) {
        return rig.auth(service) == "jwt";
    });
}

/// Between the canary, whoever that is, and the other one.
KillScenario paused() {
    KillScenario it{"paused", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.play = [](Rig& rig) {
        if (!rig.until([&] { return enforcing(rig) == 1; }, 1h) ||
            !insist(rig, Command::Verb::Pause)) {
            return false;
        }
        rig.pass_time(5min);
        return enforcing(rig) == 1 && insist(rig, Command::Verb::Resume) &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

/// The canary is taken back in mid-flight, and goes again when it may.
KillScenario aborted() {
    KillScenario it{"aborted", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.play = [](Rig& rig) {
        if (!rig.until([&] { return enforcing(rig) == 1; }, 1h) ||
            !insist(rig, Command::Verb::Abort)) {
            return false;
        }
        const auto is_back = [&] { return enforcing(rig) == 0; };
        return rig.until(is_back, 1h) && insist(rig, Command::Verb::Resume) &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

KillScenario changed_by_hand() {
    KillScenario it{"changed-by-hand", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.prepare = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    it.play = [](Rig& rig) {
        open_by_hand(rig, "a-mcp");
        return reaches(rig, "a-mcp", Phase::Held) && insist(rig, Command::Verb::Retry, "a-mcp") &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

}  // namespace

std::vector<KillScenario> person_scenarios() {
    return {
        halted_and_retried(),
        accepted(),
        held_on_failure(),
        paused(),
        aborted(),
        changed_by_hand()};
}

}  // namespace wavegate::testing
