// The guard stands alone: behind a planner that knows no order at all, nothing breaks an invariant.
#include "tests/sim/rig.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

Edit forged(std::string target, EditBody body) {
    Edit edit;
    edit.id = "forged " + target;
    edit.target = std::move(target);
    edit.why = "no reason at all";
    edit.body = std::move(body);
    return edit;
}

/// The client's entry, with a secret that is not the one in force.
std::optional<Edit> another_secret(const DesiredState& desired, const Observed& observed) {
    const auto& path = desired.clients.front().secret_path;
    const auto entry = observed.vault.find(path);
    if (entry == observed.vault.end() || !entry->second.ok() || !entry->second->has_value()) {
        return std::nullopt;
    }
    SecretEdit body;
    body.path = path;
    body.owner = desired.fleet.name;
    body.cas = (*entry->second)->version;
    body.data["OIDC_CLIENT_SECRET"] = make_secret("a-secret-of-no-client");
    return forged("secret/" + path, std::move(body));
}

/// A policy that another hand owns.
Edit foreign_policy() {
    PolicyEdit body;
    body.verb = PolicyEdit::Verb::Delete;
    body.policy.name = "mcp-default-policy";
    return forged("policy/mcp-default-policy", std::move(body));
}

/// A planner that knows no waves, gates or slots, nor whose things it writes.
Step release_everything(
    const DesiredState& desired,
    const Observed& observed,
    const Diff& diff,
    const RolloutRecord& record,
    const Ledger& ledger,
    Time now) {
    // Nor does it take a refusal for an answer.
    auto past = ledger;
    past.intents.keep(
        [&](std::size_t place) { return ledger.intents[place].state != IntentState::Refused; });
    auto step = rollout::decide(desired, observed, diff, record, past, now);
    step.release = diff.edits;
    step.release.push_back(foreign_policy());
    if (auto secret = another_secret(desired, observed)) {
        step.release.push_back(std::move(*secret));
    }
    for (auto& edit : step.release) {
        edit.intent = fmt::format("{}@{}", edit.id, now.wall.time_since_epoch().count());
        edit.rollout = step.next.id();
    }
    return step;
}

sandbox::DesiredPlan two_waves() {
    sandbox::DesiredPlan plan;
    for (const auto* name : {"first", "second"}) {
        sandbox::WavePlan wave;
        wave.name = name;
        plan.waves.push_back(wave);
    }
    for (const auto* name : {"a-mcp", "b-mcp", "c-mcp", "portainer-mcp"}) {
        sandbox::Wish wish;
        wish.wave = std::string(name) < "c" ? "first" : "second";
        plan.services[name] = wish;
    }
    return plan;
}

TEST(Guard, LetsNothingBadThroughWhenThePlannerReleasesEverythingAtOnce) {
    fleet::Settings settings;
    settings.planner = release_everything;
    Rig rig(small_world({"a-mcp", "b-mcp", "c-mcp", "portainer-mcp"}), two_waves(), settings);
    const auto refused = [&](int invariant) {
        const auto view = rig.view();
        const auto at = view->refusals.find(invariant);
        return at == view->refusals.end() ? 0U : at->second;
    };
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 10min)) << rig.story();
    EXPECT_GT(refused(1), 0U) << "flips before their gates";

    // Its outbound env is gone while the canary is on its way: to wire it is to restart it.
    rig.by_hand([](sandbox::World& world) {
        auto env = *world.portainer.stack(kMultiplexer)->env;
        std::erase_if(env, [](const auto& entry) { return entry.first == "MCP_CLIENT_AUTH"; });
        ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, std::nullopt, env).has_value());
    });
    rig.pass_time(5min);
    EXPECT_GT(refused(2), 0U) << "portainer-mcp before the others";
    EXPECT_GT(refused(3), 0U) << "the second wave before the first";
    EXPECT_GT(refused(4), 0U) << "others beside the canary";
    EXPECT_GT(refused(5), 0U) << "a restart of the multiplexer under a service in motion";
    EXPECT_GT(refused(7), 0U) << "a secret that is not the one in force";
    EXPECT_GT(refused(8), 0U) << "a policy of another hand";

    // Other rules: the old policy would go before anybody asked about the new one.
    auto desired = two_waves();
    desired.policies =
        "apiVersion: wavegate.dev/v1\n"
        "kind: EunomiaPolicy\n"
        "metadata: { name: multiplexer-baseline }\n"
        "spec:\n"
        "  rules:\n"
        "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ],"
        " servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";
    rig.commit(desired);
    rig.running().controller().look_now();
    rig.pass_time(2min);
    EXPECT_GT(refused(11), 0U) << "a policy that an enforcing service needs";

    rig.fill_disk(true);
    rig.pass_time(1min);
    EXPECT_GT(refused(10), 0U) << "writes without a store";
    rig.fill_disk(false);
    rig.pass_time(1min);

    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
    // What is refused is released again a second later, not without end.
    EXPECT_LT(rig.view()->passes, 2000U);
}

}  // namespace
}  // namespace wavegate::testing
