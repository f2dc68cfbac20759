// What a person says while the operator works: it counts, and it is said.
#include "operator/base/text.hpp"
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// b-mcp failed and went back; nobody else moves.
struct HaltedByOne : Rig {
    HaltedByOne() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        world.behaviour("b-mcp").jwks_down = true;
        EXPECT_TRUE(until_standing("Halted", 3h)) << story();
    }

    /// Was it said since then, in an event and in a line of the log?
    [[nodiscard]] bool is_said(const std::string& word, Time since, std::size_t lines) const {
        const auto says = [&](const std::string& text) {
            return to_lower(text).find(word) != std::string::npos;
        };
        const auto seen = view();
        const bool event =
            std::any_of(seen->events.begin(), seen->events.end(), [&](const Event& each) {
                return each.at.wall >= since.wall && says(each.reason + " " + each.message);
            });
        const auto first = std::next(log_lines.begin(), static_cast<std::ptrdiff_t>(lines));
        return event && std::any_of(first, log_lines.end(), says);
    }
    bool leaves(Command::Verb verb, const std::string& service, const std::string& word) {
        const auto asked = sim.clock.now();
        const auto lines = log_lines.size();
        EXPECT_TRUE(tell(*this, verb, service)) << word;
        pass_time(1min);
        return is_said(word, asked, lines);
    }
};

TEST(PersonsWord, LeavesAnEventAndALogLine) {
    HaltedByOne rig;
    EXPECT_TRUE(rig.leaves(Command::Verb::Pause, "", "pause"));
    EXPECT_TRUE(rig.leaves(Command::Verb::Resume, "", "resume"));
    EXPECT_TRUE(rig.leaves(Command::Verb::Accept, "b-mcp", "accept"));
    EXPECT_TRUE(rig.leaves(Command::Verb::Retry, "b-mcp", "retr"));
}

/// The pass that was under way concludes from a record that was read before the word.
TEST(PersonsWord, InTheMiddleOfAPassIsNotLostToIt) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    sandbox::FaultRule slow;
    slow.authority = "portainer.arpa";
    slow.method = "GET";
    slow.after = 700ms;
    rig.world.network.inject(slow);
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    for (int i = 0; i < 12; ++i) {
        const auto verb = i % 2 == 0 ? Command::Verb::Pause : Command::Verb::Resume;
        ASSERT_TRUE(tell(rig, verb));
        EXPECT_EQ(rig.disk.kept.ledger.paused(), i % 2 == 0);
        rig.pass_time(730ms);
        EXPECT_EQ(rig.disk.kept.ledger.paused(), i % 2 == 0) << "word " << i;
    }
    ASSERT_TRUE(tell(rig, Command::Verb::Pause));
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "nothing is begun";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
