// What is seen of systems of which some answer late.
#include "reconcilers/fleet/looks.hpp"

#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace wavegate::fleet {
namespace {

using namespace std::chrono_literals;

/// Two systems, shown as the policies and the annotations; each look shows one object more.
class Looking : public ::testing::Test {
  protected:
    asio::awaitable<Looks::Sighting> look_at(std::string system) {
        const auto at = sim_.clock.now();
        const auto count = ++counts_[system];
        static_cast<void>(co_await sim_.clock.sleep_until(at.mono + takes_[system]));
        Looks::Sighting sighting = [system, count, at](Observed& to) {
            if (system == "policies") {
                to.policies = Seen<std::vector<Policy>>(std::vector<Policy>(count), at);
            } else {
                to.annotations = Seen<std::vector<Annotation>>(std::vector<Annotation>(count), at);
            }
        };
        co_return sighting;
    }
    /// As a pass does it.
    Observed observe(Duration patience = 250ms) {
        for (const std::string system : {"policies", "annotations"}) {
            Looks::Failed failed = [system](Error error, Time at) {
                return [system, error, at](Observed& to) {
                    if (system == "policies") {
                        to.policies = Seen<std::vector<Policy>>(error, at);
                    } else {
                        to.annotations = Seen<std::vector<Annotation>>(error, at);
                    }
                };
            };
            looks_.begin(
                sim_.executor(),
                system,
                written_[system],
                trusted_,
                [this, system] { return look_at(system); },
                std::move(failed));
        }
        sim_.run(looks_.wait(patience));
        Observed seen;
        looks_.show("policies", seen);
        looks_.show("annotations", seen);
        return seen;
    }

    testing::Simulation sim_;
    std::uint64_t order_ = 0;
    int late_ = 0;
    std::map<std::string, std::size_t> counts_;
    std::map<std::string, Duration> takes_;
    std::map<std::string, std::uint64_t> written_;
    Duration trusted_{0};
    Looks looks_{sim_.clock, order_, [this] { ++late_; }};
};

TEST_F(Looking, SeesWhatIsThereNow) {
    takes_["policies"] = 100ms;
    auto seen = observe();
    ASSERT_TRUE(seen.policies.ok() && seen.annotations.ok());
    EXPECT_EQ(seen.policies->size(), 1U);
    seen = observe();
    EXPECT_EQ(seen.policies->size(), 2U) << "each time anew";
    EXPECT_EQ(late_, 0);
}

TEST_F(Looking, GoesOnWithoutWhoTakesLongAndShowsWhatItShowedBefore) {
    observe();
    takes_["policies"] = 5s;
    const auto began = sim_.clock.now().mono;
    auto seen = observe();
    EXPECT_EQ(sim_.clock.now().mono - began, 250ms);
    EXPECT_EQ(seen.policies->size(), 1U) << "as it was";
    EXPECT_LE(seen.policies.at().mono, began);
    EXPECT_EQ(seen.annotations->size(), 2U);
    seen = observe();
    EXPECT_EQ(sim_.clock.now().mono - began, 250ms) << "it is not waited for again";
    EXPECT_EQ(counts_["policies"], 2U) << "nor asked twice at once";
    sim_.advance(10s);
    EXPECT_EQ(late_, 1) << "it rings when it comes";
    EXPECT_EQ(observe().policies->size(), 2U);
}

TEST_F(Looking, SaysThatWhoNeverAnsweredWasNotSeen) {
    takes_["policies"] = 24h;
    auto seen = observe(3s);
    EXPECT_FALSE(seen.policies.ok());
    EXPECT_EQ(seen.policies.error().kind(), ErrorKind::Unavailable);
    sim_.advance(61s);
    seen = observe();
    EXPECT_EQ(seen.policies.error().kind(), ErrorKind::Timeout) << "each look has a deadline";
}

TEST_F(Looking, WaitsAgainForWhoAnswersInTimeAgain) {
    takes_["policies"] = 5s;
    observe();
    sim_.advance(20s);
    takes_["policies"] = 100ms;
    observe();
    sim_.advance(20s);
    const auto looks = counts_["policies"];
    EXPECT_EQ(observe().policies->size(), looks + 1) << "and shows what it shows now";
}

TEST_F(Looking, LooksAtALateSystemAgainWhenItWasWrittenTo) {
    takes_["policies"] = 2s;
    observe();
    sim_.advance(3s);
    observe();
    EXPECT_EQ(counts_["policies"], 1U) << "it was seen a moment ago";
    written_["policies"] = ++order_;
    observe();
    EXPECT_EQ(counts_["policies"], 2U);
}

TEST_F(Looking, TrustsWhatWasSeenAMomentAgoUnlessItWasWrittenTo) {
    trusted_ = 10s;
    observe();
    sim_.advance(9s);
    EXPECT_EQ(observe().policies->size(), 1U) << "it is shown all the same";
    EXPECT_EQ(counts_["policies"], 1U);
    written_["policies"] = ++order_;
    observe();
    EXPECT_EQ(counts_["policies"], 2U);
    EXPECT_EQ(counts_["annotations"], 1U);
    sim_.advance(2s);
    observe();
    EXPECT_EQ(counts_["annotations"], 2U);
}

TEST_F(Looking, ForgetsWhatOtherBackendsShowed) {
    observe();
    takes_["policies"] = 1s;
    observe();
    looks_.forget();
    takes_["policies"] = 24h;
    const auto seen = observe();
    EXPECT_FALSE(seen.policies.ok());
    EXPECT_EQ(late_, 0);
    looks_.forget();
    const auto asked = sim_.clock.now().mono;
    sim_.run(looks_.join());
    EXPECT_EQ(sim_.clock.now().mono, asked);
}

}  // namespace
}  // namespace wavegate::fleet
