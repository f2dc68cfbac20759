#include "operator/backends/mcp/client.hpp"
#include "tests/contract/mcp/stage.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <set>

namespace wavegate {
namespace {

namespace json = boost::json;
using sandbox::Behaviour;
using sandbox::Generation;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto* kDenyUnknown = "wavegate-baseline-1a2b3c4d5e";

Behaviour sample_service() {
    Behaviour behaviour;
    behaviour.wire.generation = Generation::F3;
    behaviour.tools = recorded_tools(
        "f3-tools-list", {{"search", "f3-call-good"}, {"explode", "f3-call-iserror"}});
    return behaviour;
}

Behaviour searxng_service() {
    Behaviour behaviour;
    behaviour.wire.server_name = "SearXNGMCP";
    behaviour.wire.instructions =
        std::string(recorded_answer("au-initialize").at("result").at("instructions").as_string());
    behaviour.tools = recorded_tools("au-tools-list", {{"web_search", "au-call-good"}});
    return behaviour;
}

/// A recorded request in a session of this server's own.
class Replay {
  public:
    explicit Replay(Stage& stage, sandbox::Site& site) : stage_(stage), site_(site) {}

    HttpResponse operator()(const std::string& name, const std::string& token) {
        const auto& exchange = exchanges().at(name);
        HttpRequest request = exchange.request("http://sample.test:8000", token);
        const auto session = request.headers.get("Mcp-Session-Id");
        if (session && exchange.status != 404) {
            request.headers.set("Mcp-Session-Id", open(token));
        }
        return send(std::move(request));
    }

    HttpResponse send(HttpRequest request) {
        return stage_.sim.run(site_.answer(std::move(request)));
    }

    HttpRequest with_session(const testing::Recorded& exchange, const std::string& token) {
        HttpRequest request = exchange.request("http://sample.test:8000", token);
        request.headers.set("Mcp-Session-Id", open(token));
        return request;
    }

    void forget_session() { session_.clear(); }

  private:
    std::string open(const std::string& token) {
        if (session_.empty()) {
            auto request = exchanges().at("f3-initialize-sse").request("http://sample.test", "");
            request.headers.set("Authorization", "Bearer " + token);
            session_ = std::string(send(std::move(request)).headers.get("mcp-session-id").value());
        }
        return session_;
    }

    Stage& stage_;
    sandbox::Site& site_;
    std::string session_;
};

void expect_recorded(const HttpResponse& got, const std::string& name) {
    SCOPED_TRACE(name);
    const auto& exchange = exchanges().at(name);
    EXPECT_EQ(got.status, exchange.status);
    EXPECT_EQ(essence(got), essence(exchange.response()));
    for (const auto* header :
         {"server", "content-type", "www-authenticate", "location", "cache-control"}) {
        EXPECT_EQ(
            got.headers.get(header).value_or("absent"),
            exchange.response_headers.get(header).value_or("absent"))
            << header;
    }
    EXPECT_EQ(
        got.headers.get("mcp-session-id").has_value(),
        exchange.response_headers.get("mcp-session-id").has_value());
}

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

/// A service that takes for ever, once it is asked to call a tool.
class Sleeper final : public sandbox::Site {
  public:
    Sleeper(Clock& clock, sandbox::Site& site) : clock_(clock), site_(site) {}
    asio::awaitable<HttpResponse> answer(HttpRequest request) override {
        if (request.body.find("tools/call") != std::string::npos) {
            auto slept = co_await clock_.sleep_until(Mono::max());
            static_cast<void>(slept);
        }
        co_return co_await site_.answer(std::move(request));
    }

  private:
    Clock& clock_;
    sandbox::Site& site_;
};

/// The multiplexer of the recordings, its children and their mishaps.
class RecordedMultiplexer : public ::testing::Test {
  protected:
    using Service = std::unique_ptr<sandbox::McpService>;

    Service child(Behaviour behaviour, sandbox::Env env, const std::string& authority) {
        sandbox::ContainerSpec spec;
        spec.task_id = authority + "#" + std::to_string(++tasks_started_);
        spec.env = std::move(env);
        auto service = std::make_unique<sandbox::McpService>(
            stage_.outside(), spec, std::make_shared<Behaviour>(std::move(behaviour)));
        stage_.transport.at(authority, *service);
        return service;
    }

    static sandbox::ChildDouble entry(const std::string& name, const std::string& authority) {
        sandbox::ChildDouble child;
        child.name = name;
        child.url = "http://" + authority + "/mcp";
        child.agent_id = name == "anon-mcp" ? "" : "mcp-multiplexer";
        child.timeout = seconds(12);
        return child;
    }

    void start(sandbox::MultiplexerBehaviour behaviour, bool dynamic) {
        behaviour.wire.rate.reset();
        behaviour.wire.instructions = std::string(
            recorded_answer("mux-initialize").at("result").at("instructions").as_string());
        sandbox::ContainerSpec spec;
        spec.task_id = "multiplexer";
        spec.env = {{"MCP_MULTIPLEXER_MODE", dynamic ? "dynamic" : "eager"}};
        multiplexer_ = std::make_shared<sandbox::Multiplexer>(
            stage_.outside(),
            tasks_,
            spec,
            std::make_shared<sandbox::MultiplexerBehaviour>(std::move(behaviour)));
        multiplexer_->start();
        replay_ = std::make_unique<Replay>(stage_, *multiplexer_);
    }

    void start_eager() {
        searxng_ = child(searxng_service(), policed_env({}), "searxng.test:8000");
        sample_ = child(sample_service(), {}, "sample.test:8000");
        flip_ = child(sample_service(), {}, "flip.test:8000");
        badaud_ = child(sample_service(), {}, "badaud.test:8000");
        allow_multiplexer();
        start(
            sandbox::fleet_multiplexer(
                {entry("searxng-mcp", "searxng.test:8000"),
                 entry("sample-mcp", "sample.test:8000"),
                 entry("flip-mcp", "flip.test:8000"),
                 entry("badaud-mcp", "badaud.test:8000")}),
            false);
    }

    void start_dynamic() {
        searxng_ = child(searxng_service(), {}, "searxng.test:8000");
        sample_ = child(sample_service(), {}, "sample.test:8000");
        badaud_ = child(sample_service(), jwt_env(), "badaud.test:8000");
        anon_ = child(sample_service(), policed_env({}), "anon.test:8000");
        allow_multiplexer();
        start(
            sandbox::fleet_multiplexer(
                {entry("searxng-mcp", "searxng.test:8000"),
                 entry("sample-mcp", "sample.test:8000"),
                 entry("badaud-mcp", "badaud.test:8000"),
                 entry("dead-mcp", "dead.test:8000"),
                 entry("anon-mcp", "anon.test:8000")}),
            true);
    }

    void allow_multiplexer() {
        stage_.policies.add(one_rule(
            "allow-mux",
            "allow-mux",
            "allow",
            in_list("uri", "agent:mcp-multiplexer"),
            json::array(),
            both_actions()));
    }

    void expect(const std::string& name) {
        expect_recorded((*replay_)(name, ""), name);
        seen().insert(name);
    }

    /// Something calls a child and nobody waits for the answer.
    void call_and_leave(const std::string& name) {
        auto request = replay_->with_session(exchanges().at(name), "");
        abandoned_.spawn("call", forget(multiplexer_, std::move(request)));
        stage_.sim.settle();
    }
    static asio::awaitable<void> forget(
        std::shared_ptr<sandbox::Multiplexer> multiplexer,
        HttpRequest request) {
        co_await multiplexer->answer(std::move(request));
    }

    static std::set<std::string>& seen() {
        static std::set<std::string> names;
        return names;
    }

    Stage stage_;
    TaskGroup tasks_{stage_.sim.executor()};
    TaskGroup abandoned_{stage_.sim.executor()};
    int tasks_started_ = 0;
    Service searxng_;
    Service sample_;
    Service flip_;
    Service badaud_;
    Service anon_;
    std::shared_ptr<sandbox::Multiplexer> multiplexer_;
    std::unique_ptr<Replay> replay_;
};

TEST_F(RecordedMultiplexer, ListsAndCallsWhatItsChildrenHave) {
    start_eager();
    for (const auto* name :
         {"mux-initialize",
          "mux-tools-list",
          "mux-call-good",
          "mux-call-reject-probe",
          "mux-call-unknown-tool",
          "mux-call-child-iserror",
          "mux-status-up"}) {
        expect(name);
    }
}

TEST_F(RecordedMultiplexer, PassesADenialOnAsSuccess) {
    start_eager();
    json::array execute(1, "execute");
    stage_.policies.add(one_rule(
        "no-web-search",
        "no-web-search",
        "deny",
        json::array(),
        in_list("attributes.name", "web_search"),
        std::move(execute)));
    expect("mux-call-child-denied");
}

TEST_F(RecordedMultiplexer, HangsThenParksAChildThatIsAway) {
    start_eager();
    expect("mux-status-up");
    stage_.transport.remove("flip.test:8000");
    call_and_leave("mux-call-good");  // other children are not concerned
    expect("mux-call-child-down-timeout");
    expect("mux-call-child-down-failed-after-wait");
    expect("mux-call-child-down-parked-failed");
    expect("mux-status-failed");
}

TEST_F(RecordedMultiplexer, CountsReconnectsWhileAChildIsAway) {
    start_eager();
    expect("mux-status-up");
    stage_.transport.remove("flip.test:8000");
    call_and_leave("mux-call-child-down-timeout");
    stage_.sim.advance(milliseconds(3500));
    expect("mux-status-restarting");
    stage_.sim.advance(milliseconds(4500));
    expect("mux-call-child-down-restarting");
}

TEST_F(RecordedMultiplexer, CannotTellARefusedTokenFromAChildThatIsAway) {
    start_eager();
    expect("mux-status-up");
    badaud_ = child(sample_service(), jwt_env(), "badaud.test:8000");
    expect("mux-call-child-401-timeout");
}

TEST_F(RecordedMultiplexer, OpensTheBreakerAfterFiveTimeouts) {
    auto behaviour = sample_service();
    behaviour.tools.pop_back();
    sample_ = child(std::move(behaviour), {}, "slow.test:8000");
    Sleeper slow(stage_.sim.clock, *sample_);
    stage_.transport.at("slow.test:8000", slow);
    auto slow_child = entry("slow-mcp", "slow.test:8000");
    slow_child.timeout = milliseconds(800);
    auto settings = sandbox::fleet_multiplexer({slow_child});
    settings.breaker_cooldown = seconds(6);
    start(std::move(settings), false);
    for (int i = 0; i < 5; ++i) {
        call_and_leave("mux-call-breaker-open");
        stage_.sim.advance(milliseconds(800));
    }
    stage_.sim.advance(milliseconds(100));
    expect("mux-call-breaker-open");
    expect("mux-status-breaker-open");
}

TEST_F(RecordedMultiplexer, LimitsTheRateOfAllClientsTogether) {
    start_eager();
    stage_.sim.settle();
    auto settings = sandbox::fleet_multiplexer({entry("sample-mcp", "sample.test:8000")});
    sandbox::ContainerSpec spec;
    settings.wire.rate = sandbox::RateLimit{0.0, 1.0};
    multiplexer_ = std::make_shared<sandbox::Multiplexer>(
        stage_.outside(),
        tasks_,
        spec,
        std::make_shared<sandbox::MultiplexerBehaviour>(std::move(settings)));
    multiplexer_->start();
    replay_ = std::make_unique<Replay>(stage_, *multiplexer_);
    expect("mux-rate-limited-call");
}

TEST_F(RecordedMultiplexer, ShowsMetaToolsUntilASessionLoadsMore) {
    start_dynamic();
    expect("muxd-tools-list");
    expect("muxd-load-tools-good");
    expect("muxd-load-tools-failed-401");
    expect("muxd-load-tools-failed-down");
    expect("muxd-load-tools-no-principal");
    expect("muxd-status");
    expect("muxd-list-catalog");
    replay_->forget_session();
    expect("muxd-call-not-loaded-in-this-session");
}

TEST(RecordedMcp, EveryFileIsReplayedByTheDoubleOrSaysWhyNot) {
    // Those of the multiplexer by name, since each has a test of its own above.
    const std::set<std::string> multiplexer{
        "mux-initialize",
        "mux-tools-list",
        "mux-call-good",
        "mux-call-reject-probe",
        "mux-call-unknown-tool",
        "mux-call-child-iserror",
        "mux-call-child-denied",
        "mux-call-child-down-timeout",
        "mux-call-child-down-restarting",
        "mux-call-child-down-failed-after-wait",
        "mux-call-child-down-parked-failed",
        "mux-call-child-401-timeout",
        "mux-call-breaker-open",
        "mux-status-up",
        "mux-status-restarting",
        "mux-status-failed",
        "mux-status-breaker-open",
        "mux-rate-limited-call",
        "muxd-tools-list",
        "muxd-load-tools-good",
        "muxd-load-tools-failed-401",
        "muxd-load-tools-failed-down",
        "muxd-load-tools-no-principal",
        "muxd-status",
        "muxd-list-catalog",
        "muxd-call-not-loaded-in-this-session"};
    const std::size_t services = service_exchanges().size();
    std::cout << "double: " << services + multiplexer.size() << " of " << exchanges().size()
              << " replayed, " << left_out().size() << " with a reason\n";
    for (const auto& [name, exchange] : exchanges()) {
        if (name.starts_with("mux")) {
            EXPECT_TRUE(multiplexer.contains(name)) << name;
        }
    }
    EXPECT_EQ(services + multiplexer.size() + left_out().size(), exchanges().size());
}

}  // namespace
}  // namespace wavegate
