#include "tests/contract/mcp/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>

namespace wavegate {
namespace {

namespace json = boost::json;
using sandbox::Behaviour;
using std::chrono::seconds;

constexpr auto* kDenyUnknown = "wavegate-baseline-1a2b3c4d5e";

/// How a single service stood when an exchange was recorded.
struct Situation {
    Behaviour behaviour;
    sandbox::Env env;
    std::string token;
    std::function<void(Stage&)> world;
};

Situation situation(Stage& stage, const std::string& name) {
    Situation out;
    const bool fleet = name.starts_with("au-");
    out.behaviour = fleet ? searxng_service() : sample_service();
    out.token = stage.issuer.token();
    out.world = [](Stage&) {};
    return out;
}

const std::map<std::string, std::function<void(Situation&, Stage&)>>& situations() {
    static const auto kEnforcing = [](Situation& at, Stage&) { at.env = jwt_env(); };
    static const auto kExpired = [](Situation& at, Stage& stage) {
        at.env = jwt_env();
        at.token = stage.issuer.token("agent-services", -seconds(10));
    };
    static const auto kPoliced = [](Situation& at, Stage& stage) {
        at.env = policed_env(jwt_env());
        stage.policies.add(one_rule(
            kDenyUnknown,
            "deny-unknown",
            "deny",
            in_list("attributes.agent_id", "unknown"),
            json::array(),
            both_actions()));
    };
    static const auto kPolicyServerDown = [](Situation& at, Stage& stage) {
        at.env = policed_env(jwt_env());
        stage.transport.remove("eunomia.arpa");
    };
    static const auto kOverRate = [](Situation& at, Stage&) {
        at.behaviour.wire.rate = sandbox::RateLimit{0.0, 0.0};
    };
    static const std::map<std::string, std::function<void(Situation&, Stage&)>> kAll{
        {"au-bare-post-enforcing-401", kEnforcing},
        {"au-wrong-audience-401",
         [](Situation& at, Stage& stage) {
             at.env = jwt_env();
             at.token = stage.issuer.token("another");
         }},
        {"au-policy-denied-call", kPoliced},
        {"au-policy-denied-list-empty", kPoliced},
        {"au-policy-unknown-tool", kPoliced},
        {"au-policy-server-down-call", kPolicyServerDown},
        {"au-policy-server-down-list", kPolicyServerDown},
        {"au-rate-limited-call", kOverRate},
        {"au-rate-limited-initialize", kOverRate},
        {"f3-bare-post-enforcing-401", kEnforcing},
        {"f3-garbage-bearer-401", kEnforcing},
        {"f3-expired-401", kExpired},
        {"f3-initialize-json",
         [](Situation& at, Stage&) { at.behaviour.wire.json_answers = true; }},
        {"f3-call-notifications-and-ping-before-answer",
         [](Situation& at, Stage&) {
             sandbox::ToolDouble tool;
             tool.name = "long";
             tool.result.text = "done";
             json::object structured;
             structured["result"] = "done";
             tool.result.structured = std::move(structured);
             at.behaviour.tools.push_back(std::move(tool));
             at.behaviour.wire.notify_before = true;
             at.behaviour.wire.ping = true;
         }},
    };
    return kAll;
}

/// Why a recorded exchange is not asked of the double.
const std::map<std::string, std::string>& left_out() {
    static const std::map<std::string, std::string> kReasons{
        {"au-call-upstream-down",
         "the text of one library's broken connection; the double has a short one"},
    };
    return kReasons;
}

class RecordedService : public ::testing::TestWithParam<std::string> {};

TEST_P(RecordedService, IsAnsweredByTheDoubleAsByTheServer) {
    const std::string name = GetParam();
    Stage stage;
    Situation at = situation(stage, name);
    if (const auto change = situations().find(name); change != situations().end()) {
        change->second(at, stage);
    }
    sandbox::ContainerSpec spec;
    spec.task_id = "task-1";
    spec.env = at.env;
    sandbox::McpService service(
        stage.outside(), spec, std::make_shared<Behaviour>(std::move(at.behaviour)));
    Replay replay(stage, service);
    HttpResponse got = replay(name, at.token);
    if (name == "f3-call-notifications-and-ping-before-answer") {
        // FastMCP marks wrapped results; nobody reads the mark.
        json::value wanted = essence(exchanges().at(name).response());
        wanted.at("result").as_object().erase("_meta");
        EXPECT_EQ(essence(got), wanted);
        return;
    }
    expect_recorded(got, name);
}

std::vector<std::string> service_exchanges() {
    std::vector<std::string> names;
    for (const auto& [name, exchange] : exchanges()) {
        if (!name.starts_with("mux") && !left_out().contains(name)) {
            names.push_back(name);
        }
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(
    Mcp,
    RecordedService,
    ::testing::ValuesIn(service_exchanges()),
    [](const auto& param) {
        std::string name = param.param;
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

TEST(RecordedServices, EveryFileIsReplayedOrSaysWhyNot) {
    std::size_t multiplexer = 0;
    for (const auto& [name, exchange] : exchanges()) {
        multiplexer += name.starts_with("mux") ? 1U : 0U;
    }
    const std::size_t replayed = service_exchanges().size();
    std::cout << "service double: " << replayed << " replayed, " << left_out().size()
              << " with a reason\n";
    EXPECT_EQ(replayed + left_out().size() + multiplexer, exchanges().size());
}

}  // namespace
}  // namespace wavegate
