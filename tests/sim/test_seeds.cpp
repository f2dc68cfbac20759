// Random fleets under random faults. WAVEGATE_SEEDS: how many seeds, WAVEGATE_FIRST_SEED: from
// which on; WAVEGATE_SEED: that one only.
#include "tests/sim/seed_fleet.hpp"
#include "tests/sim/seed_run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace wavegate::testing {
namespace {

using ::testing::IsEmpty;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    std::uint64_t number = otherwise;
    if (text != nullptr) {
        std::from_chars(text, text + std::char_traits<char>::length(text), number);
    }
    return number;
}

void expect_good(std::uint64_t seed) {
    const auto outcome = run_seed(seed);
    const auto again = fmt::format(
        "\nrepeat it by: WAVEGATE_SEED={} build/release/tests/test_sim "
        "--gtest_filter='*EndInRest*'\n",
        seed);
    EXPECT_TRUE(outcome.rested) << outcome.standing << again << outcome.story;
    EXPECT_THAT(outcome.violations, IsEmpty()) << again << outcome.story;
}

/// Every kParts-th seed, so that several processes share the work.
class SomeSeeds : public ::testing::TestWithParam<std::uint64_t> {};
constexpr std::uint64_t kParts = 8;

TEST_P(SomeSeeds, EndInRestWithoutAViolationWhateverHappens) {
    constexpr std::uint64_t standard = 200;
    const auto one = number_from("WAVEGATE_SEED", 0);
    const auto first = one == 0 ? number_from("WAVEGATE_FIRST_SEED", 1) : one;
    const auto end = first + (one == 0 ? number_from("WAVEGATE_SEEDS", standard) : 1);
    for (auto seed = first; seed < end; ++seed) {
        if (seed % kParts == GetParam()) {
            expect_good(seed);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SomeSeeds, ::testing::Range(std::uint64_t{0}, kParts));

/// Random fleets are of both generations.
TEST(Seeds, HaveChildrenThatRefuseToStartOpenBesideThoseThatDoNot) {
    int closed = 0;
    int mixed = 0;
    constexpr std::uint64_t standard = 200;
    for (std::uint64_t seed = 1; seed <= standard; ++seed) {
        Dice dice(seed * 7919 + 1);
        const auto world = random_world(dice);
        const auto desired = random_desired(dice, world);
        const auto here =
            std::count_if(world.services.begin(), world.services.end(), [&](const auto& service) {
                const auto& wish = desired.services.at(service.name);
                return is_closed(service) && service.jwt && wish.auth == "jwt" &&
                       wish.extra.find("modes: [ jwt ]") != std::string::npos;
            });
        closed += static_cast<int>(here);
        mixed += here > 0 && here < std::ssize(world.services) ? 1 : 0;
    }
    EXPECT_GT(closed, 150);
    EXPECT_GT(mixed, 100);
}

/// Run by the test below, in a process of its own.
TEST(Seeds, DISABLED_TellTheirTrace) {
    fmt::print("trace {}\n", run_seed(number_from("WAVEGATE_SEED", 1)).trace);
}

std::string trace_in_another_process(std::uint64_t seed) {
    // Not with this process's share of the cases, nor over its report.
    const auto command = fmt::format(
        "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX -u GTEST_OUTPUT "
        "WAVEGATE_SEED={} {} --gtest_also_run_disabled_tests "
        "--gtest_filter=Seeds.DISABLED_TellTheirTrace",
        seed,
        std::filesystem::read_symlink("/proc/self/exe").string());
    std::string output;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 256> piece{};
    while (pipe && std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) {
        output += piece.data();
    }
    const auto at = output.find("trace ");
    return at == std::string::npos ? output : output.substr(at + 6, 32);
}

TEST(Seeds, GiveTheSameTraceInEveryProcess) {
    for (const std::uint64_t seed : {3U, 4U}) {
        EXPECT_EQ(run_seed(seed).trace, trace_in_another_process(seed)) << "seed " << seed;
    }
    EXPECT_NE(run_seed(3).trace, run_seed(4).trace);
}

}  // namespace
}  // namespace wavegate::testing
