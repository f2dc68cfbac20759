#include "tests/e2e/fleet.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// An operator that dies by SIGKILL once the canary enforces, with two more services to go.
void die_in_mid_wave(Fleet& fleet) {
    fleet.ask_for_jwt();
    const auto first = fleet.start({"apply"});
    for (int i = 0; i < 600 && fleet.knock("a-mcp") != 401; ++i) {
        rest();
    }
    ASSERT_EQ(fleet.knock("a-mcp"), 401) << first->errors();
    first->kill(SIGKILL);
    ASSERT_EQ(first->wait(10s), -2) << "it had not ended by itself";
    ASSERT_NE(fleet.knock("c-mcp"), 401);
}

void expect_all_enforce(const Fleet& fleet) {
    for (const auto* service : {"a-mcp", "b-mcp", "c-mcp"}) {
        EXPECT_EQ(fleet.knock(service), 401) << service;
    }
}

TEST(KilledOperator, ConvergesFromMidWaveWhenItIsStartedAgain) {
    Fleet fleet({{"a-mcp", "b-mcp", "c-mcp"}, {}});
    die_in_mid_wave(fleet);
    const auto second = fleet.start({"apply"});
    EXPECT_EQ(second->wait(120s), 0) << second->errors() << second->output();
    expect_all_enforce(fleet);
}

TEST(KilledOperator, ConvergesFromMidWaveWithoutItsStore) {
    Fleet fleet({{"a-mcp", "b-mcp", "c-mcp"}, {}});
    die_in_mid_wave(fleet);
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(fleet.folder() + "/wavegate.db" + suffix);
    }
    // Without it nobody can tell that the one that has the lock is dead.
    const auto second = fleet.start({"apply", "--wait"});
    EXPECT_EQ(second->wait(120s), 0) << second->errors() << second->output();
    expect_all_enforce(fleet);
}

}  // namespace
}  // namespace wavegate::testing
