#include "operator/base/stopping.hpp"
#include "operator/base/task_group.hpp"
#include "operator/runtime/system_clock.hpp"
#include "operator/runtime/system_random.hpp"
#include "operator/runtime/thread_pool_blocking.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <thread>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

void run(asio::io_context& io, asio::awaitable<void> task) {
    TaskGroup group(io.get_executor());
    group.spawn("test", std::move(task));
    io.restart();
    io.run();
    EXPECT_EQ(group.failures(), 0U);
}

TEST(ThreadPool, TellsItsWorkThatTheCallerWasCancelled) {
    asio::io_context io;
    runtime::ThreadPoolBlocking pool(1);
    bool stopped = false;
    auto task = [](Blocking& blocking, bool& seen) -> asio::awaitable<void> {
        std::function<void()> work = [&seen] {
            const auto stop = stop_of_this_work();
            while (!stop.stop_requested()) {
                std::this_thread::yield();
            }
            seen = true;
        };
        co_await blocking.run(std::move(work));
    };
    TaskGroup group(io.get_executor());
    group.spawn("waits", task(pool, stopped));
    io.poll();
    group.cancel();
    io.run();
    EXPECT_TRUE(stopped);
    EXPECT_FALSE(stop_of_this_work().stop_possible()) << "there is no work in this thread";
}

TEST(SystemClock, SleepsUntilItsMomentAndNotBefore) {
    asio::io_context io;
    runtime::SystemClock clock;
    auto task = [](Clock& c, Mono& woken, Mono until) -> asio::awaitable<void> {
        auto slept = co_await c.sleep_until(until);
        EXPECT_TRUE(slept);
        woken = c.now().mono;
    };
    const Mono until = clock.now().mono + 5ms;
    Mono woken;
    run(io, task(clock, woken, until));
    EXPECT_GE(woken, until);
}

TEST(SystemClock, AMomentThatHasPassedEndsAtOnce) {
    asio::io_context io;
    runtime::SystemClock clock;
    auto task = [](Clock& c) -> asio::awaitable<void> {
        auto slept = co_await c.sleep_until(c.now().mono - 1h);
        EXPECT_TRUE(slept);
    };
    run(io, task(clock));
}

TEST(SystemClock, ACancelledSleepSaysSo) {
    for (const bool forever : {false, true}) {
        asio::io_context io;
        runtime::SystemClock clock;
        auto task = [](Clock& c, Mono until, bool& cancelled) -> asio::awaitable<void> {
            auto slept = co_await c.sleep_until(until);
            cancelled = !slept && slept.error().kind() == ErrorKind::Cancelled;
        };
        bool cancelled = false;
        TaskGroup group(io.get_executor());
        const Mono until = forever ? Mono::max() : clock.now().mono + 1h;
        group.spawn("sleeper", task(clock, until, cancelled));
        io.poll();
        group.cancel();
        io.restart();
        io.run();
        EXPECT_TRUE(cancelled);
    }
}

TEST(SystemRandom, NeverRepeatsItself) {
    runtime::SystemRandom random;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        seen.insert(random.next());
    }
    EXPECT_EQ(seen.size(), 1000U);
    EXPECT_EQ(random.bytes(100).size(), 100U);
    EXPECT_NE(random.bytes(32), random.bytes(32));
    EXPECT_TRUE(random.bytes(0).empty());
}

TEST(ThreadPoolBlocking, WorksElsewhereAndComesBack) {
    asio::io_context io;
    runtime::ThreadPoolBlocking blocking;
    auto task = [](Blocking& pool, std::thread::id here) -> asio::awaitable<void> {
        std::function<std::thread::id()> work = [] { return std::this_thread::get_id(); };
        const auto there = co_await run_blocking(pool, std::move(work));
        EXPECT_NE(there, here);
        EXPECT_EQ(std::this_thread::get_id(), here);
    };
    run(io, task(blocking, std::this_thread::get_id()));
}

TEST(ThreadPoolBlocking, ThrowsHereWhatTheWorkThrows) {
    asio::io_context io;
    runtime::ThreadPoolBlocking blocking;
    auto task = [](Blocking& pool) -> asio::awaitable<void> {
        std::string caught;
        std::function<void()> work = [] { throw std::runtime_error("disk full"); };
        try {
            co_await pool.run(std::move(work));
        } catch (const std::runtime_error& error) {
            caught = error.what();
        }
        EXPECT_EQ(caught, "disk full");
    };
    run(io, task(blocking));
}

TEST(ThreadPoolBlocking, ACancelledCallerResumesAfterItsWork) {
    asio::io_context io;
    runtime::ThreadPoolBlocking blocking;
    auto task = [](Blocking& pool, bool& worked, bool& resumed) -> asio::awaitable<void> {
        std::function<void()> work = [&worked] { worked = true; };
        co_await pool.run(std::move(work));
        resumed = worked;
    };
    bool worked = false;
    bool resumed = false;
    TaskGroup group(io.get_executor());
    group.spawn("caller", task(blocking, worked, resumed));
    io.run_one();
    group.cancel();
    io.run();
    EXPECT_TRUE(resumed);
    EXPECT_EQ(group.size(), 0U);
}

TEST(ThreadPoolBlocking, ManyCallersAtOnce) {
    asio::io_context io;
    runtime::ThreadPoolBlocking blocking(3);
    auto task = [](Blocking& pool, int number, long& sum) -> asio::awaitable<void> {
        std::function<int()> work = [number] { return number; };
        sum += co_await run_blocking(pool, std::move(work));
    };
    long sum = 0;
    TaskGroup group(io.get_executor());
    for (int i = 1; i <= 500; ++i) {
        group.spawn("caller", task(blocking, i, sum));
    }
    io.run();
    EXPECT_EQ(sum, 500L * 501 / 2);
}

TEST(ThreadPoolBlocking, ItsEndWaitsForWorkUnderWay) {
    asio::io_context io;
    bool worked = false;
    auto task = [](Blocking& pool, bool& done) -> asio::awaitable<void> {
        std::function<void()> work = [&done] { done = true; };
        co_await pool.run(std::move(work));
    };
    TaskGroup group(io.get_executor());
    {
        runtime::ThreadPoolBlocking blocking(1);
        group.spawn("caller", task(blocking, worked));
        io.poll();
    }
    EXPECT_TRUE(worked);
}

}  // namespace
}  // namespace wavegate::testing
