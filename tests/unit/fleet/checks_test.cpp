// Which checks run, how many at once, and how they end.
#include "reconcilers/fleet/checks.hpp"

#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Check check_of(CheckKind kind, const std::string& subject, const std::string& inputs = "") {
    Check check;
    check.kind = kind;
    check.subject = subject;
    check.inputs = inputs;
    return check;
}

/// Checks that take a second each, but those of "drips", which never end.
class RunningChecks : public ::testing::Test {
  protected:
    RunningChecks()
        : checks_(sim_.clock, Checks::Limits(), [this](std::vector<Evidence> evidence) {
              return keep(std::move(evidence));
          }) {}

    void want(std::vector<Check> checks, const std::string& rollout = "one") {
        Checks::Scope scope;
        scope.rollout = rollout;
        checks_.want(sim_.executor(), scope, checks, [this](Check check) {
            return perform(std::move(check));
        });
    }
    asio::awaitable<Evidence> perform(Check check) {
        begun_.push_back(check.subject + check.inputs);
        most_ = std::max(most_, ++inside_);
        Evidence evidence;
        evidence.kind = check.kind;
        evidence.subject = check.subject;
        evidence.inputs = check.inputs;
        evidence.verdict = Verdict::Pass;
        evidence.taken = sim_.clock.now();
        const Duration length = check.subject == "drips" ? Duration(24h) : Duration(1s);
        const auto slept = co_await sim_.clock.sleep_until(sim_.clock.now().mono + length);
        --inside_;
        if (!slept) {
            ++cancelled_;
        }
        co_return evidence;
    }
    asio::awaitable<void> keep(std::vector<Evidence> evidence) {
        ++commits_;
        if (!co_await sim_.clock.sleep_until(sim_.clock.now().mono + keeping_)) {
            co_return;
        }
        for (auto& one : evidence) {
            kept_.push_back(std::move(one));
        }
    }
    std::vector<std::string> subjects() const {
        std::vector<std::string> all;
        for (const auto& one : kept_) {
            all.push_back(one.subject);
        }
        return all;
    }

    testing::Simulation sim_;
    std::vector<std::string> begun_;
    std::vector<Evidence> kept_;
    int inside_ = 0;
    int most_ = 0;
    int cancelled_ = 0;
    int commits_ = 0;
    Duration keeping_{0};
    Checks checks_;
};

TEST_F(RunningChecks, AreNotBegunTwice) {
    want({check_of(CheckKind::Direct, "a")});
    sim_.advance(500ms);
    want({check_of(CheckKind::Direct, "a"), check_of(CheckKind::Direct, "b")});
    sim_.advance(10s);
    EXPECT_THAT(begun_, ElementsAre("a", "b"));
    EXPECT_THAT(subjects(), ElementsAre("a", "b"));
    EXPECT_EQ(checks_.size(), 0U);
}

TEST_F(RunningChecks, AreNotBegunAgainWhileTheirAnswerIsBeingKept) {
    keeping_ = 5s;
    want({check_of(CheckKind::Direct, "a")});
    sim_.advance(2s);
    EXPECT_THAT(kept_, IsEmpty());
    want({check_of(CheckKind::Direct, "a")});
    sim_.advance(10s);
    EXPECT_THAT(begun_, ElementsAre("a"));
    want({check_of(CheckKind::Direct, "a")});
    sim_.advance(10s);
    EXPECT_THAT(begun_, ElementsAre("a", "a")) << "it is wanted anew";
}

TEST_F(RunningChecks, AreCancelledOnceNobodyWantsThem) {
    want({check_of(CheckKind::Direct, "a"), check_of(CheckKind::Direct, "b")});
    sim_.advance(500ms);
    want({check_of(CheckKind::Direct, "b")});
    sim_.advance(10s);
    EXPECT_EQ(cancelled_, 1);
    EXPECT_THAT(subjects(), ElementsAre("b"));
}

TEST_F(RunningChecks, AreAskedAnewWhenTheirInputsOrTheRolloutChange) {
    want({check_of(CheckKind::Direct, "a", "1")});
    sim_.advance(500ms);
    want({check_of(CheckKind::Direct, "a", "2")});
    sim_.advance(500ms);
    want({check_of(CheckKind::Direct, "a", "2")}, "two");
    sim_.advance(10s);
    EXPECT_THAT(begun_, ElementsAre("a1", "a2", "a2"));
    EXPECT_EQ(cancelled_, 2);
    ASSERT_EQ(kept_.size(), 1U);
}

TEST_F(RunningChecks, HaveADeadlineOfTheirOwn) {
    want({check_of(CheckKind::Direct, "drips"), check_of(CheckKind::Token, "drips")});
    const auto asked = sim_.clock.now().mono;
    sim_.advance(1min);
    ASSERT_EQ(kept_.size(), 2U);
    for (const auto& evidence : kept_) {
        EXPECT_EQ(evidence.taken.mono, asked);
        EXPECT_EQ(evidence.answered.mono, asked + 45s);
        EXPECT_EQ(evidence.rollout, "one");
        const bool gate = evidence.kind == CheckKind::Token;
        EXPECT_EQ(evidence.verdict, gate ? Verdict::Unknown : Verdict::Fail);
        EXPECT_EQ(evidence.seen, gate ? ProbeClass::None : ProbeClass::Down);
    }
    EXPECT_EQ(inside_, 0) << "what drips is left alone";
}

TEST_F(RunningChecks, OfOneKindDoNotHoldUpAnother) {
    std::vector<Check> many;
    for (int i = 0; i < 600; ++i) {
        many.push_back(check_of(CheckKind::Baseline, std::to_string(i)));
    }
    many.push_back(check_of(CheckKind::Open, "goes back"));
    many.push_back(check_of(CheckKind::Token, "fleet"));
    want(many);
    sim_.advance(1s);
    EXPECT_EQ(most_, 10) << "eight baselines and the others";
    const auto first = subjects();
    EXPECT_NE(std::find(first.begin(), first.end(), "goes back"), first.end());
    EXPECT_NE(std::find(first.begin(), first.end(), "fleet"), first.end());
    sim_.advance(80s);
    EXPECT_EQ(kept_.size(), 602U);
}

TEST_F(RunningChecks, ThatAnswerTogetherShareACommit) {
    keeping_ = 10ms;
    std::vector<Check> some;
    for (int i = 0; i < 12; ++i) {
        some.push_back(check_of(CheckKind::Direct, std::to_string(i)));
    }
    want(some);
    sim_.advance(10s);
    EXPECT_EQ(kept_.size(), 12U);
    EXPECT_LE(commits_, 2);
}

TEST_F(RunningChecks, EndAtOnceWhenTheyAreCancelled) {
    want({check_of(CheckKind::Direct, "drips"), check_of(CheckKind::Baseline, "drips")});
    sim_.advance(1s);
    checks_.cancel();
    sim_.run(checks_.join());
    EXPECT_EQ(cancelled_, 2);
    EXPECT_THAT(kept_, IsEmpty());
    want({check_of(CheckKind::Direct, "a")});
    sim_.advance(2s);
    EXPECT_THAT(subjects(), ElementsAre("a")) << "every place was given back";
}

}  // namespace
}  // namespace wavegate::fleet
