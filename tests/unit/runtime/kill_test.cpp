#include "operator/base/digest.hpp"
#include "operator/net/patient_transport.hpp"
#include "tests/support/incarnation.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/support/seeded_random.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// Counts what was written to it; needs 100 ms for each request.
class Counter final : public sandbox::Site {
  public:
    explicit Counter(Clock& clock) : clock_(clock) {}

    asio::awaitable<HttpResponse> answer(HttpRequest request) override {
        (void)co_await clock_.sleep_until(clock_.now().mono + 100ms);
        landed.push_back(request.body);
        co_return HttpResponse(200);
    }

    std::vector<std::string> landed;

  private:
    Clock& clock_;
};

/// Says which of its lines ran, from however deep they ran.
struct Diary {
    std::vector<std::string> lines;
};

/// A toy operator: writes, sleeps, does blocking work, waits for a group of its own.
class Toy {
  public:
    Toy(Incarnation& life, Random& random, Diary& diary)
        : clock_(life.clock()),
          random_(random),
          diary_(diary),
          patient_(life.transport(), clock_, random_, traffic_, patience()) {}

    asio::awaitable<void> run(int writers) {
        TaskGroup group(co_await asio::this_coro::executor);
        for (int i = 0; i < writers; ++i) {
            group.spawn("writer", write_often(i));
        }
        co_await group.join();
        diary_.lines.emplace_back("all joined");
    }

  private:
    static net::Patience patience() {
        net::Patience patience;
        patience.backend = "counter";
        patience.max_in_flight = 2;
        return patience;
    }

    asio::awaitable<void> write_often(int writer) {
        for (int turn = 0; turn < 5; ++turn) {
            HttpRequest request("POST", "http://counter.arpa/");
            request.body = fmt::format("{}.{}", writer, turn);
            auto result = co_await patient_.send(std::move(request));
            diary_.lines.push_back(fmt::format("{}.{} {}", writer, turn, result ? "ok" : "no"));
            co_await blocking_.run([] {});
            const Duration pause(static_cast<Duration::rep>(random_.next() % 200));
            auto slept = co_await clock_.sleep_until(clock_.now().mono + pause);
            if (!slept) {
                diary_.lines.emplace_back("woken too early");
            }
        }
    }

    Clock& clock_;
    Random& random_;
    Diary& diary_;
    net::Traffic traffic_;
    InlineBlocking blocking_;
    net::PatientTransport patient_;
};

class Kill : public ::testing::Test {
  protected:
    Kill() { network.connect("counter.arpa", counter); }

    Simulation sim;
    Counter counter{sim.clock};
    sandbox::Network network{sim.executor(), sim.clock};
    Diary diary;
};

TEST_F(Kill, ALifeThatIsNotKilledComesToItsEnd) {
    SeededRandom random(1);
    Incarnation life(sim, network);
    Toy toy(life, random, diary);
    life.start("toy", toy.run(3));
    EXPECT_TRUE(
        sim.run_until([&] { return !diary.lines.empty() && diary.lines.back() == "all joined"; }));
    EXPECT_EQ(counter.landed.size(), 15U);
}

TEST_F(Kill, NoLineAfterASuspendedAwaitRunsWhereverItHappens) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SeededRandom random(seed);
        diary.lines.clear();
        Incarnation life(sim, network);
        {
            Toy toy(life, random, diary);
            life.start("toy", toy.run(3));
            sim.advance(Duration(static_cast<Duration::rep>(random.next() % 2000)));
            const auto before = diary.lines;
            life.kill();
            sim.advance(10s);
            ASSERT_EQ(diary.lines, before) << "seed " << seed;
        }
        ASSERT_EQ(life.late_calls(), 0U) << "seed " << seed;
    }
}

asio::awaitable<void> write_once(Transport& transport, Diary& diary) {
    HttpRequest request("POST", "http://counter.arpa/");
    request.body = "sent";
    auto result = co_await transport.send(std::move(request));
    diary.lines.emplace_back("answered");
}

TEST_F(Kill, ARequestThatWasSentStillLandsInTheWorld) {
    Incarnation life(sim, network);
    life.start("writer", write_once(life.transport(), diary));
    sim.settle();
    life.kill();
    EXPECT_TRUE(counter.landed.empty());
    sim.advance(1s);
    EXPECT_EQ(counter.landed, std::vector<std::string>{"sent"});
    EXPECT_TRUE(diary.lines.empty());
}

TEST_F(Kill, ASeveredPortRefusesAndCounts) {
    Incarnation life(sim, network);
    life.kill();
    EXPECT_FALSE(sim.run(life.transport().send(HttpRequest("GET", "http://counter.arpa/"))));
    EXPECT_FALSE(sim.run(life.clock().sleep_until(sim.clock.now().mono + 1s)));
    EXPECT_EQ(life.late_calls(), 2U);
    EXPECT_TRUE(counter.landed.empty());
}

TEST_F(Kill, TheNextLifeWorksInTheSameWorld) {
    for (int i = 0; i < 3; ++i) {
        Incarnation life(sim, network);
        life.start("writer", write_once(life.transport(), diary));
        sim.advance(1s);
    }
    EXPECT_EQ(counter.landed.size(), 3U);
    EXPECT_EQ(diary.lines.size(), 3U);
}

/// Kills at random moments, three lives; everything that happened, as one hash.
std::string trace_of(std::uint64_t seed) {
    Simulation sim;
    Counter counter{sim.clock};
    sandbox::Network network{sim.executor(), sim.clock};
    network.connect("counter.arpa", counter);
    sandbox::FaultRule rule;
    rule.fault = sandbox::Fault::Refuse;
    rule.skip = 4;
    rule.times = 3;
    network.inject(rule);
    SeededRandom random(seed);
    Diary diary;
    for (int i = 0; i < 3; ++i) {
        Incarnation life(sim, network);
        Toy toy(life, random, diary);
        life.start("toy", toy.run(4));
        sim.advance(Duration(static_cast<Duration::rep>(random.next() % 1000)));
        life.kill();
    }
    sim.advance(1min);
    std::string trace;
    for (const auto& request : network.seen()) {
        trace += fmt::format("{} {}\n", request.at.time_since_epoch().count(), request.reached);
    }
    return sha256_hex(fmt::format(
        "{}{}{}", trace, fmt::join(diary.lines, "\n"), fmt::join(counter.landed, "\n")));
}

TEST(Trace, OneSeedGivesOneHash) {
    EXPECT_EQ(trace_of(7), trace_of(7));
    EXPECT_NE(trace_of(7), trace_of(8));
}

TEST(Trace, DISABLED_PrintsTheHash) {
    std::cout << trace_of(7) << std::endl;
}

TEST(Trace, TheHashIsTheSameInAnotherProcess) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto command = self +
                         " --gtest_also_run_disabled_tests "
                         "--gtest_filter=Trace.DISABLED_PrintsTheHash";
    auto* other = popen(command.c_str(), "r");
    ASSERT_NE(other, nullptr);
    std::string said;
    for (int c = std::fgetc(other); c != EOF; c = std::fgetc(other)) {
        said += static_cast<char>(c);
    }
    pclose(other);
    EXPECT_NE(said.find(trace_of(7)), std::string::npos) << said;
}

}  // namespace
}  // namespace wavegate::testing
