// Who acts (design §8): one of several operators, by a lock in the fleet's own Swarm.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A fleet in a rollout, and a second operator on another machine.
class Locked : public ::testing::Test {
  protected:
    Locked() : rig_(small_world(kTwo), one_wave(kTwo, "jwt")) { there_.identity = "another disk"; }
    ~Locked() override { second_.reset(); }

    void start_second() {
        ASSERT_TRUE(rig_.until([&] { return rig_.view()->acts; }, 1min));
        second_ = std::make_unique<Operator>(
            rig_.sim,
            rig_.world,
            rig_.source,
            there_,
            fleet::Settings(),
            rig_.env_files,
            &rig_.oracle,
            rig_.witness,
            rig_.doom);
        ASSERT_TRUE(rig_.until([&] { return second()->passes > 0; }, 1min));
    }
    [[nodiscard]] std::shared_ptr<const status::View> second() const {
        return second_->controller().view();
    }
    [[nodiscard]] std::string label(const std::string& name) {
        const auto& labels =
            rig_.world.portainer.swarm().configs().at("wavegate-sandbox-lock").labels;
        const auto at = labels.find(name);
        return at == labels.end() ? std::string() : at->second;
    }
    bool first_flip() {
        return rig_.until(
            [&] { return rig_.auth("a-mcp") == "jwt" || rig_.auth("b-mcp") == "jwt"; });
    }
    [[nodiscard]] bool all_flipped() const {
        return rig_.auth("a-mcp") == "jwt" && rig_.auth("b-mcp") == "jwt";
    }
    [[nodiscard]] std::string epoch(const std::string& stack) const {
        const auto& env = *rig_.world.portainer.stack(stack)->env;
        const auto* term = sandbox::env_value(env, "WAVEGATE_EPOCH");
        return term == nullptr ? std::string() : *term;
    }
    /// As if an operator of that term had written to it.
    void mark(const std::string& stack, const std::string& term) {
        auto env = *rig_.world.portainer.stack(stack)->env;
        std::erase_if(env, [](const auto& entry) { return entry.first == "WAVEGATE_EPOCH"; });
        env.emplace_back("WAVEGATE_EPOCH", term);
        rig_.by_hand([&](sandbox::World& world) {
            ASSERT_TRUE(world.portainer.edit_by_hand(stack, std::nullopt, env));
        });
    }

    Rig rig_;
    Disk there_;
    std::unique_ptr<Operator> second_;
};

TEST_F(Locked, TheOnlyOneSaysThatItActs) {
    ASSERT_TRUE(rig_.until_standing("Converged", 5h)) << rig_.story();
    EXPECT_TRUE(rig_.view()->acts);
    EXPECT_TRUE(rig_.view()->leads.own);
    EXPECT_EQ(rig_.view()->leads.term, 1U);
    EXPECT_EQ(label("holder"), rig_.view()->leads.holder);
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, TheOnlyOneKilledAndStartedAgainRetakesAtOnce) {
    ASSERT_TRUE(first_flip());
    rig_.kill();
    rig_.start();
    ASSERT_TRUE(rig_.until([&] { return rig_.view()->acts; }, 3s)) << rig_.story();
    EXPECT_EQ(rig_.view()->leads.term, 2U);
    EXPECT_TRUE(rig_.until_standing("Converged", 5h)) << rig_.story();
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, AStandbyObservesAndSaysWhoActsAndWritesNothing) {
    ASSERT_TRUE(first_flip());
    start_second();

    const auto& leads = second()->leads;
    EXPECT_TRUE(leads.stands_by());
    EXPECT_EQ(leads.holder, rig_.view()->leads.holder);
    EXPECT_EQ(leads.since, rig_.view()->leads.since);
    EXPECT_FALSE(second()->acts);
    EXPECT_NE(second()->observed, nullptr);

    const auto stored = there_.kept.version;
    ASSERT_TRUE(rig_.until_standing("Converged", 5h)) << rig_.story();
    EXPECT_EQ(there_.kept.version, stored) << "what an actor alone may commit";
    EXPECT_TRUE(second()->leads.stands_by());
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, AWordIsToBeSaidToTheOneThatActs) {
    start_second();
    Command command;
    command.verb = Verb::Pause;
    command.who = "anna";
    const auto said = second_->run(second_->controller().command(command));
    ASSERT_FALSE(said);
    EXPECT_THAT(said.error().message(), HasSubstr("stands by: " + rig_.view()->leads.holder));
}

TEST_F(Locked, AStandbyTakesOverFromWhoDied) {
    ASSERT_TRUE(first_flip());
    start_second();
    const auto dead = rig_.sim.clock.now().mono;
    rig_.kill();

    ASSERT_TRUE(rig_.until([&] { return second()->acts; }, 2min));
    const auto gap = rig_.sim.clock.now().mono - dead;
    EXPECT_GE(gap, 35s);
    EXPECT_LE(gap, 48s);
    EXPECT_TRUE(rig_.until([&] { return all_flipped(); }, 5h));
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, AStandbyTakesOverAtOnceFromWhoStops) {
    ASSERT_TRUE(rig_.until_standing("Converged", 5h));
    start_second();
    const auto stopped = rig_.sim.clock.now().mono;
    rig_.running().controller().stop();

    ASSERT_TRUE(rig_.until([&] { return second()->acts; }, 1min));
    EXPECT_LE(rig_.sim.clock.now().mono - stopped, 3s);
    EXPECT_EQ(second()->leads.term, 2U);
}

TEST_F(Locked, WhoCanNotRenewStopsBeforeAnotherBegins) {
    ASSERT_TRUE(first_flip());
    start_second();
    const auto rule = rig_.lose_leader();
    const auto leaderless = rig_.sim.clock.now().mono;
    ASSERT_TRUE(rig_.until([&] { return !rig_.view()->acts; }, 1min));
    EXPECT_LE(rig_.sim.clock.now().mono - leaderless, 31s);
    EXPECT_FALSE(second()->acts);

    rig_.pass_time(leaderless + 38s - rig_.sim.clock.now().mono);
    rig_.world.network.lift(rule);
    ASSERT_TRUE(rig_.until([&] { return rig_.view()->acts || second()->acts; }, 1min));
    EXPECT_FALSE(rig_.view()->acts && second()->acts);
    EXPECT_TRUE(rig_.until([&] { return all_flipped(); }, 5h)) << rig_.story();
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, ALockDeletedByHandLocksNobodyOut) {
    ASSERT_TRUE(first_flip());
    start_second();
    rig_.world.portainer.swarm().configs().erase("wavegate-sandbox-lock");

    ASSERT_TRUE(rig_.until_standing("Converged", 5h)) << rig_.story();
    EXPECT_TRUE(rig_.view()->acts);
    EXPECT_TRUE(second()->leads.stands_by());
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, EachStackThatIsWrittenBearsTheTermOfWhoWroteIt) {
    ASSERT_TRUE(first_flip());
    rig_.kill();
    rig_.start();
    ASSERT_TRUE(rig_.until_standing("Converged", 5h)) << rig_.story();

    std::set<std::string> terms;
    for (const auto* service : {"a-mcp", "b-mcp"}) {
        terms.insert(epoch(service));
    }
    EXPECT_THAT(terms, ::testing::ElementsAre("1", "2")) << "one was flipped before, one after";
}

TEST_F(Locked, ALockThatBeganAnewIsBroughtAboveTheMarks) {
    ASSERT_TRUE(first_flip());
    rig_.kill();
    rig_.pass_time(10s);  // what was sent has landed
    rig_.world.portainer.swarm().configs().erase("wavegate-sandbox-lock");
    mark(rig_.auth("a-mcp") == "jwt" ? "a-mcp" : "b-mcp", "41");
    rig_.start();

    ASSERT_TRUE(rig_.until_standing("Converged", 5h)) << "nobody is locked out: " << rig_.story();
    EXPECT_GE(rig_.view()->leads.term, 42U) << rig_.story();
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());
}

TEST_F(Locked, AHigherTermInAMarkNeverRefusesAWayBack) {
    rig_.world.behaviour("b-mcp").jwks_down = true;
    ASSERT_TRUE(rig_.until([&] { return rig_.auth("b-mcp") == "jwt"; }, 5h));
    rig_.pass_time(2s);  // what was sent has landed
    mark("b-mcp", "41");
    ASSERT_TRUE(rig_.until([&] { return rig_.auth("b-mcp") == "none"; }, 10min)) << rig_.story();
    EXPECT_EQ(epoch("b-mcp"), "41") << "it is never lowered";
    rig_.until([&] { return label("term") == "42"; }, 1min);
    EXPECT_EQ(label("term"), "42") << rig_.story();
}

TEST_F(Locked, WithoutRightsNothingActsAndTheErrorSaysWhatToDo) {
    rig_.kill();
    rig_.world.portainer.plain_user(true);
    rig_.start();
    rig_.pass_time(20min);

    EXPECT_FALSE(rig_.view()->acts);
    EXPECT_EQ(rig_.auth("a-mcp"), "none");
    EXPECT_THAT(rig_.view()->leads.trouble, HasSubstr("lock: none"));
    EXPECT_THAT(rig_.log_lines, ::testing::Contains(HasSubstr("lock: none")));
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty());

    rig_.world.portainer.plain_user(false);
    EXPECT_TRUE(rig_.until_standing("Converged", 5h)) << "it was given them";
}

TEST(NoLock, IsSaidForEver) {
    fleet::Settings settings;
    settings.self.locked = false;
    Rig rig(small_world(kTwo), one_wave(kTwo, "none"), settings);
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    rig.pass_time(3h);

    EXPECT_TRUE(rig.view()->acts);
    EXPECT_FALSE(rig.view()->leads.locked);
    EXPECT_THAT(rig.world.portainer.swarm().configs(), IsEmpty());
    const auto said =
        std::count_if(rig.log_lines.begin(), rig.log_lines.end(), [](const auto& line) {
            return line.find("lock: none") != std::string::npos;
        });
    EXPECT_GE(said, 3);
}

}  // namespace
}  // namespace wavegate::testing
