// The kinds of stacks, and their Env.
#include "tests/sim/kill_scenarios.hpp"

#include <algorithm>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

sandbox::WorldPlan git_world(const std::vector<std::string>& names, sandbox::BlockForm block) {
    auto plan = small_world(names);
    for (auto& service : plan.services) {
        service.git = true;
        service.block = block;
    }
    return plan;
}

KillScenario git_stacks() {
    const auto block = sandbox::BlockForm::PassThrough;
    KillScenario it{"git", git_world(kTwo, block), brief_wave(kTwo, "jwt")};
    it.play = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    return it;
}

/// Its file is changed by a commit to the stack's own branch.
KillScenario git_literal() {
    auto world = git_world({"a-mcp"}, sandbox::BlockForm::Literal);
    world.services.front().poll_every = "24h";
    KillScenario it{"git-literal", std::move(world), brief_wave({"a-mcp"}, "jwt")};
    it.desired.stack_repo = true;
    it.play = [](Rig& rig) { return ends(rig, "Converged", {{"a-mcp", "jwt"}}); };
    return it;
}

KillScenario git_literal_goes_back() {
    auto it = git_literal();
    it.name = "git-literal-back";
    it.prepare = [](Rig& rig) {
        break_verifier(rig, "a-mcp");
        return true;
    };
    it.play = [](Rig& rig) { return ends(rig, "Halted", {{"a-mcp", "none"}}); };
    return it;
}

/// A Portainer that answers before it deploys.
KillScenario asynchronous() {
    KillScenario it{"asynchronous", small_world(kTwo), brief_wave(kTwo, "jwt")};
    it.world.asynchronous = true;
    it.world.deploy_time = 5s;
    it.play = [](Rig& rig) { return ends(rig, "Converged", kBothJwt); };
    return it;
}

KillScenario asynchronous_goes_back() {
    KillScenario it{"asynchronous-back", small_world({"a-mcp"}), brief_wave({"a-mcp"}, "jwt")};
    it.world.asynchronous = true;
    it.world.deploy_time = 5s;
    it.prepare = [](Rig& rig) {
        break_verifier(rig, "a-mcp");
        return true;
    };
    it.play = [](Rig& rig) { return ends(rig, "Halted", {{"a-mcp", "none"}}); };
    return it;
}

sandbox::DesiredPlan with_env(const std::string& auth) {
    auto plan = brief_wave(kTwo, auth);
    for (auto& [name, wish] : plan.services) {
        wish.extra = "  env: { LOG_LEVEL: info }\n";
    }
    return plan;
}

bool have_env(const Rig& rig) {
    return std::all_of(kTwo.begin(), kTwo.end(), [&](const std::string& service) {
        const auto env = rig.world.live_env(service);
        const auto at = env.find("LOG_LEVEL");
        return at != env.end() && at->second == "info";
    });
}

/// Lines of compose files; the services stay in their mode, or turn with it.
KillScenario env_sync(const std::string& name, const std::string& auth) {
    KillScenario it{name, small_world(kTwo), brief_wave(kTwo, "none")};
    for (auto& service : it.world.services) {
        service.block = sandbox::BlockForm::Literal;
    }
    it.prepare = [](Rig& rig) { return ends(rig, "Converged", kBothOpen); };
    it.play = [auth](Rig& rig) {
        const Modes modes{{"a-mcp", auth}, {"b-mcp", auth}};
        rig.commit(with_env(auth));
        rig.running().controller().look_now();
        return rig.until([&] { return have_env(rig); }, 8h) && ends(rig, "Converged", modes);
    };
    return it;
}

}  // namespace

std::vector<KillScenario> stack_scenarios() {
    return {
        git_stacks(),
        git_literal(),
        git_literal_goes_back(),
        asynchronous(),
        asynchronous_goes_back(),
        env_sync("env", "none"),
        env_sync("env-with-the-flip", "jwt")};
}

}  // namespace wavegate::testing
