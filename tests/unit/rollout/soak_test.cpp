// A wave that is too large for its services to be called one by one each 15 s.
#include "tests/unit/rollout/scene.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Le;

constexpr std::size_t kMany = 300;
constexpr Duration kSoak = 90s;
/// In which so many are called once, five a second.
constexpr Duration kTurn = 60s;

constexpr Duration kStep = 2s;
constexpr int kCallsAStep = 12;

/// All of one wave were flipped, the first of them alone, and passed their gates just now. A
/// multiplexer answers six calls a second, as its pace has it, those first that were asked first.
struct LargeWave : Story {
    LargeWave() {
        auto& wave = desired.fleet.waves.front();
        wave.max_in_flight = static_cast<int>(kMany);
        wave.soak = kSoak;
        for (std::size_t i = 0; i < kMany; ++i) {
            names.push_back(fmt::format("s{:03}", i));
            add(names.back(), "first");
        }
        everything_is_well();
        decide();
        soak_canary(names.front());
        flip_the_others();
    }

    /// Until `done`; how long it took.
    template <class Done>
    Duration until(Done done, Duration limit) {
        Duration took{};
        while (!done() && took < limit) {
            pass_time(kStep);
            took += kStep;
            call();
            decide();
        }
        return took;
    }

    [[nodiscard]] std::vector<std::string> in(Phase phase) const {
        std::vector<std::string> found;
        for (const auto& member : record.members()) {
            if (member.phase() == phase) {
                found.push_back(member.service);
            }
        }
        return found;
    }

    std::vector<std::string> names;
    std::map<std::string, int> calls;
    std::size_t longest_queue = 0;
    bool is_away = false;          ///< the multiplexer: nobody is answered through it
    std::set<std::string> broken;  ///< they refuse what is called through

  private:
    void flip_the_others() {
        everything_is_well();
        decide();
        ASSERT_EQ(flips().size(), kMany - 1);
        for (std::size_t i = 1; i < kMany; ++i) {
            written(names[i]);
        }
        for (std::size_t i = 1; i < kMany; ++i) {
            run(names[i], AuthMode::Jwt);
        }
        for (int i = 0; i < 3; ++i) {
            pass_time(1s);
            decide();
        }
        for (const auto& name : names) {
            for (const auto kind :
                 {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through}) {
                answer(kind, name);
            }
        }
        decide();
        ASSERT_EQ(in(Phase::Probed).size(), kMany);
    }

    void call() {
        gates_hold();
        for (const auto& check : step.ask) {
            if (check.kind == CheckKind::Unauthorized) {
                answer(check.kind, check.subject);
            }
            const bool waits =
                std::find(queue_.begin(), queue_.end(), check.subject) != queue_.end();
            if (check.kind == CheckKind::Through && !waits) {
                queue_.push_back(check.subject);
            }
        }
        longest_queue = std::max(longest_queue, queue_.size());
        for (int i = 0; i < kCallsAStep && !queue_.empty(); ++i) {
            const auto name = queue_.front();
            queue_.pop_front();
            ++calls[name];
            if (is_away) {
                answer(CheckKind::Through, name, Verdict::Unknown, ProbeClass::Down);
            } else if (broken.contains(name)) {
                answer(CheckKind::Through, name, Verdict::Fail, ProbeClass::PolicyDenied);
            } else {
                answer(CheckKind::Through, name);
            }
        }
    }

    std::deque<std::string> queue_;
};

TEST(LargeWave, GetsThroughItsSoakWithinTwoTurns) {
    LargeWave wave;
    const auto took = wave.until([&] { return wave.in(Phase::Ready).size() == kMany; }, 10 * kTurn);
    EXPECT_GE(took, kSoak);
    EXPECT_THAT(took, Le(kSoak + 2 * kTurn + 5s));
    for (const auto& name : wave.names) {
        EXPECT_GE(wave.calls[name], 2) << name << " was not called as it began and at its end";
    }
}

TEST(LargeWave, FindsWhoBreaksInMidSoakWithinATurn) {
    LargeWave wave;
    wave.until([] { return false; }, kSoak / 2);
    wave.broken = {"s123"};
    const auto took = wave.until([&] { return !wave.in(Phase::RollingBack).empty(); }, 10 * kTurn);
    constexpr Duration borne = 20s;  // a denial for ten, and the shared parts are asked
    EXPECT_THAT(took, Le(kTurn + borne));
    EXPECT_THAT(wave.in(Phase::RollingBack), ElementsAre("s123"));
}

TEST(LargeWave, DoesNotSoakWhileNobodyIsCalledWell) {
    LargeWave wave;
    wave.until([] { return false; }, kSoak / 2);
    wave.is_away = true;
    constexpr Duration away = 45s;  // less than a turn: most are not called meanwhile
    wave.until([] { return false; }, away);
    wave.is_away = false;
    const auto took = wave.until([&] { return !wave.in(Phase::Ready).empty(); }, 10 * kTurn);
    EXPECT_GE(took, kSoak / 2) << "what was watched before and after it, and nothing of it";
    EXPECT_THAT(
        wave.until([&] { return wave.in(Phase::Ready).size() == kMany; }, 10 * kTurn),
        Le(4 * kTurn));
}

}  // namespace
}  // namespace wavegate::rollout
