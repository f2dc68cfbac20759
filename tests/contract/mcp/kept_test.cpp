// Calls through the multiplexer share a session that is kept.
#include "operator/base/task_group.hpp"
#include "tests/contract/mcp/fleet.hpp"

#include <gtest/gtest.h>

namespace wavegate {
namespace {

using std::chrono::minutes;

/// Counts what the client sends, and nothing of what the fleet sends itself.
class Counted final : public Transport {
  public:
    explicit Counted(Transport& inner) : inner_(inner) {}
    Task<HttpResponse> send(HttpRequest request) override {
        ++sent;
        return inner_.send(std::move(request));
    }
    std::size_t sent = 0;

  private:
    Transport& inner_;
};

class KeptSession : public ::testing::Test {
  protected:
    KeptSession() {
        fleet_.add("searxng-mcp", {"web_search"});
        fleet_.add("openbao-mcp", {"openbao_mcp_sys"});
        multiplexer_ = &fleet_.add_multiplexer({"searxng-mcp", "openbao-mcp"});
        fleet_.allow_multiplexer();
        fleet_.run("searxng-mcp", policed_env(jwt_env()));
        fleet_.run("openbao-mcp", policed_env(jwt_env()));
        fleet_.run_multiplexer();
    }
    static Task<McpCallAnswer>
    call_by(mcp::Client& client, const std::string& child, const std::string& tool) {
        ThroughCall through;
        through.child = child;
        through.tool = tool;
        through.arguments = R"({"action":"get"})";
        auto where = Fleet::endpoint(kMultiplexer, {}, {});
        return client.call(std::move(where), std::move(through));
    }
    Result<McpCallAnswer> call(const std::string& child, const std::string& tool) {
        return fleet_.sim.run(call_by(client_, child, tool));
    }
    static asio::awaitable<void> call_well(mcp::Client& client) {
        const auto answer = co_await call_by(client, "searxng-mcp", "web_search");
        EXPECT_TRUE(answer && answer->text == "done");
    }
    static asio::awaitable<void> call_together(mcp::Client& client, std::size_t count) {
        TaskGroup group(co_await asio::this_coro::executor);
        for (std::size_t i = 0; i < count; ++i) {
            group.spawn("call", call_well(client));
        }
        co_await group.join();
    }
    /// How many requests it takes to call a tool, which answers.
    std::size_t requests_of_a_call() {
        const auto before = counted_.sent;
        const auto answer = call("searxng-mcp", "web_search");
        EXPECT_TRUE(answer && answer->text == "done");
        return counted_.sent - before;
    }
    void pass(Duration by) {
        auto& clock = fleet_.sim.clock;
        static_cast<void>(fleet_.sim.run(clock.sleep_until(clock.now().mono + by)));
    }

    Fleet fleet_;
    sandbox::MultiplexerBehaviour* multiplexer_ = nullptr;
    Counted counted_{fleet_.transport};
    mcp::Client client_{counted_, &fleet_.sim.clock};
};

TEST_F(KeptSession, MakesEachFurtherCallOneRequest) {
    EXPECT_GT(requests_of_a_call(), 1U);
    EXPECT_EQ(requests_of_a_call(), 1U);
    const auto before = counted_.sent;
    EXPECT_TRUE(call("openbao-mcp", "openbao_mcp_sys")) << "a tool of another child, too";
    EXPECT_EQ(counted_.sent - before, 1U);
}

TEST_F(KeptSession, IsOpenedAnewAfterFiveMinutes) {
    requests_of_a_call();
    pass(minutes(4));
    EXPECT_EQ(requests_of_a_call(), 1U);
    pass(minutes(1));
    EXPECT_GT(requests_of_a_call(), 1U);
    EXPECT_EQ(requests_of_a_call(), 1U);
}

TEST_F(KeptSession, IsOpenedOnceForCallsThatComeTogether) {
    const auto of_the_first = requests_of_a_call();
    mcp::Client another(counted_, &fleet_.sim.clock);
    const auto before = counted_.sent;
    fleet_.sim.run(call_together(another, 4));
    EXPECT_EQ(counted_.sent - before, of_the_first + 3);
}

TEST_F(KeptSession, LeavesAMultiplexerAloneThatIsOverItsRateLimit) {
    requests_of_a_call();
    multiplexer_->wire.rate = sandbox::RateLimit{0, 0};
    const auto before = counted_.sent;
    const auto refused = call("searxng-mcp", "web_search");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Throttled);
    EXPECT_EQ(counted_.sent - before, 1U);
    multiplexer_->wire.rate.reset();
    EXPECT_EQ(requests_of_a_call(), 1U) << "it is the same session";
}

TEST_F(KeptSession, ThatTheMultiplexerForgotFailsNoCall) {
    requests_of_a_call();
    fleet_.run_multiplexer();
    EXPECT_GT(requests_of_a_call(), 1U);
    requests_of_a_call();
    EXPECT_EQ(requests_of_a_call(), 1U);
}

TEST_F(KeptSession, TellsNoLieAboutAToolThatIsGone) {
    requests_of_a_call();
    const auto gone = call("searxng-mcp", "a_tool_that_is_not_shown");
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().kind(), ErrorKind::Invalid);
    fleet_.add_multiplexer({"openbao-mcp"});
    fleet_.run_multiplexer();
    const auto lost = call("searxng-mcp", "web_search");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind(), ErrorKind::NotFound);
}

}  // namespace
}  // namespace wavegate
