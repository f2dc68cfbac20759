#include "operator/net/patient_transport.hpp"

#include "operator/base/task_group.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

Error refused() {
    return {ErrorKind::Unavailable, "refused"};
}
Error cut() {
    return {ErrorKind::Unavailable, "cut", Effect::Maybe};
}
HttpResponse answered(int status, const std::string& retry_after = {}) {
    HttpResponse response(status);
    if (!retry_after.empty()) {
        response.headers.add("Retry-After", retry_after);
    }
    return response;
}

/// Gives the scripted answers in turn, then 200; each after `delay`. Notes when it was asked.
class ScriptedTransport final : public Transport {
  public:
    explicit ScriptedTransport(Clock& clock) : clock_(clock) {}

    Task<HttpResponse> send(HttpRequest /*request*/) override {
        asked.push_back(clock_.now().mono);
        ++in_flight;
        most_in_flight = std::max(most_in_flight, in_flight);
        auto slept = co_await clock_.sleep_until(clock_.now().mono + delay);
        --in_flight;
        if (!slept) {
            co_return slept.take_error().with_effect(Effect::Maybe);
        }
        if (script.empty()) {
            co_return HttpResponse(200);
        }
        auto next = std::move(script.front());
        script.pop_front();
        co_return next;
    }

    std::deque<Result<HttpResponse>> script;
    Duration delay{0};
    std::vector<Mono> asked;
    int in_flight = 0;
    int most_in_flight = 0;

  private:
    Clock& clock_;
};

class PatientTransportTest : public ::testing::Test {
  protected:
    net::PatientTransport& patient() {
        if (!transport) {
            transport.emplace(inner, sim.clock, random, traffic, patience);
        }
        return *transport;
    }
    Result<HttpResponse> send(const std::string& method = "GET") {
        return sim.run(patient().send(HttpRequest(method, "http://x/")));
    }
    void script(std::initializer_list<Result<HttpResponse>> results) {
        inner.script.assign(results.begin(), results.end());
    }
    Duration gap(std::size_t index) { return inner.asked[index + 1] - inner.asked[index]; }

    Simulation sim;
    SeededRandom random;
    net::Traffic traffic;
    ScriptedTransport inner{sim.clock};
    net::Patience patience = named();
    std::optional<net::PatientTransport> transport;

  private:
    static net::Patience named() {
        net::Patience patience;
        patience.backend = "vault";
        return patience;
    }
};

TEST_F(PatientTransportTest, RepeatsAReadThatFoundNobody) {
    script({refused(), cut()});
    EXPECT_TRUE(send("GET"));
    EXPECT_EQ(inner.asked.size(), 3U);
}

TEST_F(PatientTransportTest, GivesTheLastErrorWhenAllAttemptsFail) {
    script({refused(), refused(), cut(), refused()});
    const auto result = send("GET");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
    EXPECT_EQ(inner.asked.size(), 3U);
}

TEST_F(PatientTransportTest, PausesGrowAndAreJittered) {
    patience.attempts = 5;
    patience.first_pause = 1s;
    patience.longest_pause = 4s;
    script({refused(), refused(), refused(), refused()});
    patience.open_after = 0;
    EXPECT_TRUE(send());
    const std::array<Duration, 4> most{1s, 2s, 4s, 4s};
    for (std::size_t i = 0; i < most.size(); ++i) {
        EXPECT_LE(gap(i), most[i]);
        EXPECT_GE(gap(i), most[i] / 2);
    }
    EXPECT_NE(gap(2), gap(3)) << "jitter";
}

TEST_F(PatientTransportTest, NeverRepeatsAWriteThatMayHaveLanded) {
    script({cut()});
    EXPECT_FALSE(send("POST"));
    EXPECT_EQ(inner.asked.size(), 1U);
}

TEST_F(PatientTransportTest, RepeatsAWriteThatWasNotSent) {
    script({refused()});
    EXPECT_TRUE(send("POST"));
    EXPECT_EQ(inner.asked.size(), 2U);
}

TEST_F(PatientTransportTest, SendsNothingAfterItsPermitHasEnded) {
    HttpRequest write("PUT", "http://x/");
    write.good_until = sim.clock.now().mono + 1s;
    script({refused(), refused()});
    patience.first_pause = 4s;  // the last half of it is random
    const auto result = sim.run(patient().send(std::move(write)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(result.error().effect(), Effect::None);
    EXPECT_EQ(inner.asked.size(), 1U) << "at each attempt, not at the first alone";
}

TEST_F(PatientTransportTest, NeverRepeatsAWriteThatWasAnswered) {
    script({answered(503)});
    EXPECT_EQ(send("PUT")->status, 503);
    EXPECT_EQ(inner.asked.size(), 1U);
}

TEST_F(PatientTransportTest, WaitsAsLongAsItIsAsked) {
    script({answered(429, "7")});
    EXPECT_EQ(send()->status, 200);
    EXPECT_EQ(gap(0), 7s);
}

TEST_F(PatientTransportTest, GivesTheAnswerWhenTheAskedWaitIsTooLong) {
    script({answered(503, "3600")});
    const auto start = sim.clock.now().mono;
    const auto result = send();
    EXPECT_EQ(result->status, 503);
    EXPECT_EQ(sim.clock.now().mono, start);
    EXPECT_EQ(net::retry_after(*result), 1h);
}

TEST_F(PatientTransportTest, ARetryAfterThatIsNoNumberIsIgnored) {
    EXPECT_FALSE(net::retry_after(answered(429, "Wed, 21 Oct 2026 07:28:00 GMT")));
    EXPECT_FALSE(net::retry_after(answered(429, "-1")));
    EXPECT_FALSE(net::retry_after(answered(429)));
}

TEST_F(PatientTransportTest, OtherAnswersAreFinal) {
    script({answered(500), answered(404)});
    EXPECT_EQ(send()->status, 500);
    EXPECT_EQ(send()->status, 404);
}

TEST_F(PatientTransportTest, AnAttemptEndsAtItsDeadline) {
    inner.delay = 1h;
    const auto start = sim.clock.now().mono;
    const auto result = send("POST");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Timeout);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
    EXPECT_EQ(sim.clock.now().mono - start, 10s);
    EXPECT_EQ(inner.in_flight, 0) << "the transfer was cancelled";
}

asio::awaitable<void> send_one(Transport& transport, int& ended, bool& cancelled) {
    HttpRequest request("GET", "http://x/");
    auto result = co_await transport.send(std::move(request));
    ++ended;
    cancelled = !result && result.error().kind() == ErrorKind::Cancelled;
}

TEST_F(PatientTransportTest, HoldsNoMoreInFlightThanAllowed) {
    patience.max_in_flight = 2;
    inner.delay = 1s;
    int ended = 0;
    bool cancelled = false;
    TaskGroup group(sim.executor());
    for (int i = 0; i < 7; ++i) {
        group.spawn("send", send_one(patient(), ended, cancelled));
    }
    sim.run(group.join());
    EXPECT_EQ(ended, 7);
    EXPECT_EQ(inner.most_in_flight, 2);
    EXPECT_EQ(inner.asked.back() - inner.asked.front(), 3s);
}

TEST_F(PatientTransportTest, KeepsTheGapBetweenStarts) {
    patience.min_gap = 100ms;
    int ended = 0;
    bool cancelled = false;
    TaskGroup group(sim.executor());
    for (int i = 0; i < 3; ++i) {
        group.spawn("send", send_one(patient(), ended, cancelled));
    }
    sim.run(group.join());
    EXPECT_EQ(gap(0), 100ms);
    EXPECT_EQ(gap(1), 100ms);
}

TEST_F(PatientTransportTest, ACancelledWaitForASlotSendsNothingAndTakesNone) {
    patience.max_in_flight = 1;
    inner.delay = 1s;
    int ended = 0;
    bool cancelled = false;
    TaskGroup first(sim.executor());
    TaskGroup second(sim.executor());
    first.spawn("send", send_one(patient(), ended, cancelled));
    sim.settle();
    second.spawn("send", send_one(patient(), ended, cancelled));
    sim.settle();
    second.cancel();
    sim.run(second.join());
    EXPECT_TRUE(cancelled);
    sim.run(first.join());
    EXPECT_TRUE(send());
    EXPECT_EQ(inner.asked.size(), 2U);
}

TEST_F(PatientTransportTest, LeavesABackendAloneAfterFailuresInARow) {
    patience.attempts = 1;
    patience.open_after = 2;
    script({refused(), cut()});
    EXPECT_FALSE(send());
    EXPECT_FALSE(patient().is_open());
    EXPECT_FALSE(send());
    EXPECT_TRUE(patient().is_open());
    const auto result = send();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(result.error().effect(), Effect::None);
    EXPECT_EQ(result.error().retry_after(), 15s);
    EXPECT_EQ(inner.asked.size(), 2U);
}

TEST_F(PatientTransportTest, OneProbeDecidesWhetherTheBackendIsBack) {
    patience.attempts = 1;
    patience.open_after = 1;
    inner.delay = 1s;
    script({refused(), refused()});
    EXPECT_FALSE(send());
    sim.advance(15s);
    EXPECT_FALSE(send()) << "the probe fails";
    EXPECT_EQ(inner.asked.size(), 2U);
    EXPECT_FALSE(send()) << "refused";
    sim.advance(15s);
    int ended = 0;
    bool cancelled = false;
    TaskGroup group(sim.executor());
    group.spawn("probe", send_one(patient(), ended, cancelled));
    group.spawn("beside it", send_one(patient(), ended, cancelled));
    sim.run(group.join());
    EXPECT_EQ(inner.asked.size(), 3U) << "only the probe was sent";
    EXPECT_FALSE(patient().is_open());
    EXPECT_TRUE(send());
}

TEST_F(PatientTransportTest, AnAnswerInBetweenIsNoFailureInARow) {
    patience.attempts = 1;
    patience.open_after = 2;
    script({refused(), answered(500), refused()});
    for (int i = 0; i < 3; ++i) {
        (void)send();
    }
    EXPECT_FALSE(patient().is_open());
}

TEST_F(PatientTransportTest, CountsWhatWasSentByCode) {
    script({refused(), answered(429)});
    EXPECT_TRUE(send());
    const std::map<std::pair<std::string, std::string>, std::uint64_t> expected{
        {{"vault", "Unavailable"}, 1}, {{"vault", "429"}, 1}, {{"vault", "200"}, 1}};
    EXPECT_EQ(traffic.requests, expected);
}

TEST_F(PatientTransportTest, AStreamTakesNobodysPlaceAndIsHeldToNoDeadline) {
    patience.max_in_flight = 1;
    inner.delay = std::chrono::hours(1);
    HttpRequest request("GET", "http://x/");
    request.each = [](std::string_view /*piece*/) { return true; };
    const auto stream = start(sim.executor(), patient().send(std::move(request)));
    sim.settle();
    inner.delay = Duration(0);
    EXPECT_TRUE(send());
    EXPECT_FALSE(stream->ended);
    sim.advance(std::chrono::hours(2));
    ASSERT_TRUE(stream->ended);
    EXPECT_TRUE(stream->take());
    EXPECT_EQ(inner.asked.size(), 2U);
}

}  // namespace
}  // namespace wavegate::testing
