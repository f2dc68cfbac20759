// What a commit brings about, good and bad.
#include "tests/sim/hands.hpp"
#include "tests/sim/kill_scenarios.hpp"

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

KillScenario rollout() {
    KillScenario it{"rollout", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.desired.grafana = true;
    it.play = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    return it;
}

/// Alone: beside another one, whose turn it is after a death decides who is the canary.
KillScenario rollback() {
    KillScenario it{"rollback", small_world({"a-mcp"}), brief_wave({"a-mcp"}, "jwt")};
    it.prepare = [](Rig& rig) {
        break_verifier(rig, "a-mcp");
        return true;
    };
    it.play = [](Rig& rig) { return ends(rig, "Halted", {{"a-mcp", "none"}}); };
    return it;
}

KillScenario way_out() {
    KillScenario it{"way-out", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.prepare = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    it.play = [](Rig& rig) { return turns(rig, brief_wave(kTwo, "none"), kBothOpen); };
    return it;
}

KillScenario superseded() {
    KillScenario it{"superseded", small_world({"a-mcp"}), brief_wave({"a-mcp"}, "jwt")};
    it.play = [](Rig& rig) {
        return rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h) &&
               turns(rig, brief_wave({"a-mcp"}, "none"), {{"a-mcp", "none"}});
    };
    return it;
}

KillScenario adoption() {
    KillScenario it{"adoption", small_world(kTwo), brief_wave(kTwo, "jwt")};
    for (auto& service : it.world.services) {
        service.jwt = true;
    }
    it.play = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    return it;
}

KillScenario waves() {
    const std::vector<std::string> names{"a-mcp", "portainer-mcp"};
    KillScenario it{"waves", small_world(names), brief_wave(names, "jwt")};
    it.desired.waves.push_back(it.desired.waves.front());
    it.desired.waves.back().name = "last";
    it.desired.services["portainer-mcp"].wave = "last";
    it.play = [](Rig& rig) {
        return ends(rig, "Converged", {{"a-mcp", "jwt"}, {"portainer-mcp", "jwt"}});
    };
    return it;
}

/// Its wiring breaks the multiplexer; its Env goes back.
KillScenario unwiring() {
    KillScenario it{"unwiring", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.prepare = [](Rig& rig) {
        rig.world.multiplexer().crash = 1;
        return true;
    };
    it.play = [](Rig& rig) {
        const auto goes_back = [&] {
            const auto stage = rig.disk.kept.record.multiplexer().stage();
            return stage == MultiplexerStage::Unwiring || stage == MultiplexerStage::Failed;
        };
        if (!rig.until(goes_back, 8h)) {
            return false;
        }
        rig.world.multiplexer().crash.reset();
        return ends(rig, "Halted", kBothOpen);
    };
    return it;
}

/// Swarm finds the flipped task bad before the operator does.
KillScenario swarms_own_rollback() {
    KillScenario it{"swarms-own-rollback", small_world({"a-mcp"}), brief_wave({"a-mcp"}, "jwt")};
    it.play = [](Rig& rig) {
        if (!rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h)) {
            return false;
        }
        return rig.world.portainer.roll_back_by_hand("a-mcp_a-mcp").has_value() &&
               ends(rig, "Halted", {{"a-mcp", "none"}});
    };
    return it;
}

}  // namespace

std::vector<KillScenario> rollout_scenarios() {
    return {
        rollout(),
        rollback(),
        way_out(),
        superseded(),
        adoption(),
        waves(),
        unwiring(),
        swarms_own_rollback()};
}

}  // namespace wavegate::testing
