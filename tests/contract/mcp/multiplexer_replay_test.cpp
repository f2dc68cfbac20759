#include "operator/base/task_group.hpp"
#include "tests/contract/mcp/replay.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <set>

namespace wavegate {
namespace {

namespace json = boost::json;
using sandbox::Behaviour;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

TEST_F(RecordedMultiplexer, EveryFileIsReplayed) {
    // Counts the tests above, in one run of all.
    if (seen().size() < 10) {
        GTEST_SKIP() << "counts the whole program";
    }
    for (const auto& [name, exchange] : exchanges()) {
        EXPECT_EQ(seen().contains(name), name.starts_with("mux")) << name;
    }
    std::cout << "multiplexer double: " << seen().size() << " replayed\n";
}

}  // namespace
}  // namespace wavegate
