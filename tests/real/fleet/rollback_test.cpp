#include "tests/real/fleet/whole_fleet.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

class RolledBack : public WholeFleet {
  protected:
    /// A person gives up on them, so that nothing of this case goes on in another one's.
    void give_up(const std::vector<std::string>& services) { ask_for("none", services); }

    [[nodiscard]] bool was_flipped(const std::string& service) {
        return until([&] { return site().live_env(service)["AUTH_TYPE"] == "jwt"; }, 60s);
    }
    /// Open to whoever comes, with all of its block as it was, for as long as ten seconds.
    [[nodiscard]] bool stays_open(
        const std::string& service,
        const std::map<std::string, std::string>& before) {
        const auto other = [&] {
            Conversation talk(site().url(service), {});
            return site().live_env(service) != before || talk.call("ping") != "pong";
        };
        return !until(other, 10s);
    }
};

TEST_F(RolledBack, IsAServiceThatNeverAnswersWithItsNewBlockAndItsWaveHalts) {
    const auto before = site().live_env("broken-mcp");
    ask_for("jwt", {"broken-mcp", "bystander-mcp"});
    ASSERT_TRUE(was_flipped("broken-mcp")) << story();
    ASSERT_TRUE(until([&] { return knock("broken-mcp") == 0; }, 60s)) << "nobody answers there";
    ASSERT_TRUE(until([&] { return knock("broken-mcp") == 400; }, 180s)) << story();
    EXPECT_TRUE(stays_open("broken-mcp", before)) << story();
    EXPECT_EQ(knock("bystander-mcp"), 400) << "its wave is halted\n" << story();
    EXPECT_TRUE(come_to_enforce(first_services(), 1s)) << "the rest serves on";
    give_up({"broken-mcp", "bystander-mcp"});
}

TEST_F(RolledBack, IsAServiceThatDiesWithItsNewBlock) {
    const auto before = site().live_env("crashing-mcp");
    ask_for("jwt", {"crashing-mcp"});
    ASSERT_TRUE(was_flipped("crashing-mcp")) << story();
    ASSERT_TRUE(until([&] { return site().live_env("crashing-mcp") == before; }, 90s)) << story();
    ASSERT_TRUE(until([&] { return knock("crashing-mcp") == 400; }, 30s)) << story();
    EXPECT_TRUE(stays_open("crashing-mcp", before)) << story();
    give_up({"crashing-mcp"});
}

TEST_F(RolledBack, ByItsOwnUpdateIsAFailedFlip) {
    const auto before = site().live_env("undone-mcp");
    ask_for("jwt", {"undone-mcp", "unbegun-mcp"});
    // The way back may come before Swarm has done, and erases what the state says of its update.
    const auto undone = [&] {
        const auto events = site().engine().docker(
            {"events",
             "--since=10m",
             "--until=0s",
             "--filter=service=undone-mcp_undone-mcp",
             "--format={{json .}}"});
        return events.find("rollback_started") != std::string::npos;
    };
    ASSERT_TRUE(until(undone, 90s)) << story();
    // What Portainer would deploy next is what runs.
    const auto settled = [&] { return site().stack_env("undone-mcp")["AUTH_TYPE"] == "none"; };
    ASSERT_TRUE(until(settled, 120s)) << story();
    ASSERT_TRUE(until([&] { return knock("undone-mcp") == 400; }, 60s)) << story();
    EXPECT_TRUE(stays_open("undone-mcp", before)) << story();
    EXPECT_EQ(knock("unbegun-mcp"), 400) << "no later wave began\n" << story();
    give_up({"undone-mcp", "unbegun-mcp"});
}

}  // namespace
}  // namespace wavegate::testing
