// What happens to a fleet that enforces: its shared parts change, get lost, are asked again.
#include "tests/sim/hands.hpp"
#include "tests/sim/kill_scenarios.hpp"

#include <algorithm>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEntry = "mcp-multiplexer/oidc";

KillScenario of_a_converged_fleet(const std::string& name) {
    KillScenario it{name, small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.prepare = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    return it;
}

std::string policy(const std::string& name, const std::string& rules) {
    return "apiVersion: wavegate.dev/v1\nkind: EunomiaPolicy\nmetadata: { name: " + name +
           " }\nspec:\n  rules:\n" + rules;
}

const std::string kAllow =
    "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ],"
    " servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";
const std::string kDeny =
    "    - { name: deny-unknown, effect: deny, principals: [ \"agent:unknown\", \"agent:\" ] }\n";

std::vector<std::string> policy_names(const Rig& rig) {
    std::vector<std::string> names;
    for (const auto& each : rig.world.eunomia.policies()) {
        names.push_back(each.name);
    }
    return names;
}

/// The old one goes when the new one was seen to hold.
KillScenario policy_changed() {
    auto it = of_a_converged_fleet("policy-changed");
    it.play = [](Rig& rig) {
        const auto before = policy_names(rig);
        auto desired = brief_wave(kTwo, "jwt");
        desired.policies = policy("multiplexer-baseline", kAllow);
        rig.commit(desired);
        rig.running().controller().look_now();
        const auto replaced = [&] {
            const auto now = policy_names(rig);
            return now.size() == before.size() && now != before;
        };
        return rig.until(replaced, 8h) && ends(rig, "Converged", kBothJwt);
    };
    return it;
}

KillScenario policy_pruned() {
    auto it = of_a_converged_fleet("policy-pruned");
    it.desired.fleet_extra = "  prune: true\n";
    it.desired.policies =
        policy("multiplexer-baseline", kDeny + kAllow) + "---\n" + policy("spare", kDeny);
    it.play = [](Rig& rig) {
        auto desired = brief_wave(kTwo, "jwt");
        desired.fleet_extra = "  prune: true\n";
        rig.commit(desired);
        rig.running().controller().look_now();
        return rig.until([&] { return policy_names(rig).size() == 1; }, 8h) &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

/// Somebody makes a new secret for the client: the vault's copy and the multiplexer's follow.
KillScenario rewiring() {
    auto it = of_a_converged_fleet("rewiring");
    it.play = [](Rig& rig) {
        replace_secret(rig);
        return rig.until([&] { return has_secret_in_force(rig); }, 8h) &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

KillScenario entry_lost() {
    auto it = of_a_converged_fleet("entry-lost");
    it.play = [](Rig& rig) {
        rig.by_hand([](sandbox::World& world) { world.openbao.erase(kEntry); });
        return rig.until([&] { return !rig.world.openbao.values(kEntry).empty(); }, 8h) &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

KillScenario client_lost() {
    auto it = of_a_converged_fleet("client-lost");
    it.play = [](Rig& rig) {
        rig.by_hand([](sandbox::World& world) { world.keycloak.delete_client(kMultiplexer); });
        const auto is_back = [&] {
            return rig.world.keycloak.client(kMultiplexer) != nullptr && has_secret_in_force(rig);
        };
        return rig.until(is_back, 8h) && ends(rig, "Converged", kBothJwt);
    };
    return it;
}

std::size_t restarts(const Rig& rig) {
    const auto& writes = rig.world.portainer.writes();
    return static_cast<std::size_t>(
        std::count_if(writes.begin(), writes.end(), [](const sandbox::StackWrite& write) {
            return write.stack == kMultiplexer && write.what.starts_with("restart");
        }));
}

/// The multiplexer gave a child up, which earns it a restart.
KillScenario child_lost() {
    auto it = of_a_converged_fleet("child-lost");
    it.play = [](Rig& rig) {
        const auto before = restarts(rig);
        return rig.world.park("a-mcp") && rig.until([&] { return restarts(rig) > before; }, 8h) &&
               ends(rig, "Converged", kBothJwt);
    };
    return it;
}

/// One that was proven goes away, the next flip waits for it, and it comes back.
KillScenario degraded_and_recovered() {
    KillScenario it{"degraded", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.desired.services["b-mcp"].auth = "none";
    it.prepare = [](Rig& rig) {
        return ends(rig, "Converged", {{"a-mcp", "jwt"}, {"b-mcp", "none"}});
    };
    it.play = [](Rig& rig) {
        rig.world.network.set_down("a-mcp.arpa", true);
        if (!reaches(rig, "a-mcp", Phase::Degraded)) {
            return false;
        }
        rig.commit(brief_wave(kTwo, "jwt"));
        rig.running().controller().look_now();
        rig.pass_time(2min);
        rig.world.network.set_down("a-mcp.arpa", false);
        return ends(rig, "Converged", kBothJwt);
    };
    return it;
}

}  // namespace

std::vector<KillScenario> afterwards_scenarios() {
    return {
        policy_changed(),
        policy_pruned(),
        rewiring(),
        entry_lost(),
        client_lost(),
        child_lost(),
        degraded_and_recovered()};
}

}  // namespace wavegate::testing
