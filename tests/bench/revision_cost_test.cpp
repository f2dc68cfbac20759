// What a revision costs before it is in force: time in proportion to its bytes and memory within
// bounds, whatever somebody puts into it.
#include "operator/desired/parse.hpp"
#include "operator/sandbox/desired_state.hpp"
#include "operator/sandbox/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <string>

namespace wavegate::testing {
namespace {

constexpr std::size_t kLargest = std::size_t{6} << 20U;
constexpr std::size_t kOneFile = 900'000;
constexpr long kMostMemory = 64L << 10U;  // KiB

using Text = std::function<std::string(std::size_t bytes)>;

std::string repeated(const std::string& text, std::size_t bytes) {
    std::string out;
    while (out.size() + text.size() <= bytes) {
        out += text;
    }
    return out;
}

/// Lines with a number in each, below a head.
Text numbered(std::string head, std::string before, std::string after) {
    return [=](std::size_t bytes) {
        auto out = head;
        for (int i = 0; out.size() + 100 < bytes; ++i) {
            out += before + std::to_string(i) + after;
        }
        return out;
    };
}

/// A fleet of so many services, and such a text beside it, in files of a bearable size.
Revision revision(std::size_t services, const Text& text, std::size_t bytes) {
    sandbox::WorldPlan world;
    sandbox::DesiredPlan desired;
    desired.waves = {{"all", 4, "6m", "10m", ""}};
    for (std::size_t i = 0; i < services; ++i) {
        world.services.emplace_back();
        world.services.back().name = fmt::format("s{}-mcp", i);
        desired.services[world.services.back().name] = {"jwt", "all", ""};
    }
    Revision made;
    made.id = "r1";
    made.files = sandbox::desired_files(world, desired);
    for (int i = 0; bytes > 0; ++i) {
        const auto part = std::min(bytes, kOneFile);
        made.files[fmt::format("z{}.yaml", i)] = text(part);
        bytes -= part;
    }
    return made;
}

struct Cost {
    double seconds = 0;
    long kib = 0;
    std::size_t found = 0;
};

/// KiB of this process: "VmRSS" now, "VmHWM" at most since the last `forget_peak`.
long resident(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(what + ":")) {
            return std::stol(line.substr(what.size() + 1));
        }
    }
    ADD_FAILURE() << what << " is not told";
    return 0;
}

void forget_peak() {
    ::malloc_trim(0);
    std::ofstream refs("/proc/self/clear_refs");
    refs << "5\n" << std::flush;
    EXPECT_TRUE(refs) << "the peak can't be reset";
}

Cost cost_of(const Revision& revision) {
    forget_peak();
    const auto before = resident("VmRSS");
    const auto began = std::clock();
    const auto parsed = desired::parse(revision);
    Cost cost;
    cost.seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    cost.kib = resident("VmHWM") - before;
    cost.found = parsed.found.size();
    return cost;
}

struct Shape {
    const char* name;
    std::size_t services;
    Text text;
};

const std::string kService =
    "apiVersion: wavegate.dev/v1\nkind: McpService\nmetadata: { name: s0-mcp }\nspec:\n";
const std::string kDocument = "---\napiVersion: wavegate.dev/v1\nkind: ";

std::vector<Shape> shapes() {
    return {
        {"keys", 10, numbered("", "", ":\n")},
        {"env", 10, numbered(kService + "  env:\n", "    K", ": a\n")},
        {"secret names", 10, numbered(kService + "  env:\n", "    K", "_TOKEN: a\n")},
        {"unknown fields", 10, numbered(kService, "  f", ": 1\n")},
        {"unknown services",
         3'000,
         numbered("", kDocument + "McpService\nmetadata: { name: s", "x-mcp }\nspec: {}\n")},
        {"clients",
         10,
         numbered(
             "",
             kDocument + "OidcClient\nmetadata: { name: c",
             " }\nspec: { clientId: c, audiences: [ a ], secret: { path: p } }\n")},
        {"policies",
         1'000,
         numbered(
             "",
             kDocument + "EunomiaPolicy\nmetadata: { name: p",
             " }\nspec: { rules: [ { name: a, effect: deny, principals: [ "
             "\"agent:mcp-multiplexer\" ], servers: [ s1-mcp ], tools: [ a ], actions: [ list ] } "
             "] }\n")},
        {"a flow collection", 10, [](std::size_t n) { return "{" + repeated("a,", n) + "}"; }},
        {"small maps", 10, [](std::size_t n) { return repeated("- {a, b, c, d}\n", n); }},
        {"documents", 10, [](std::size_t n) { return repeated("---\n", n); }},
        {"blank lines", 10, [](std::size_t n) { return "a: x" + repeated("\n", n) + "  b\n"; }},
        {"one text", 10, [](std::size_t n) { return "a: \"" + repeated("\\n", n) + "\"\n"; }},
        {"tags", 10, [](std::size_t n) { return "a: [" + repeated("!!str,", n) + "]\n"; }},
        {"aliases",
         10,
         [](std::size_t n) {
             return "- &a \"" + repeated("x", n / 2) + "\"\n" + repeated("- *a\n", 5'000);
         }},
    };
}

TEST(RevisionCost, GrowsWithItsBytesAloneAndStaysWithinSixtyFourMebibytes) {
    for (const auto& shape : shapes()) {
        const auto quarter = cost_of(revision(shape.services, shape.text, kLargest / 5));
        const auto whole = cost_of(revision(shape.services, shape.text, kLargest / 5 * 4));
        std::puts(fmt::format(
                      "revision_cost shape=\"{}\" seconds={:.3f} whole={:.3f} mib={} found={}",
                      shape.name,
                      quarter.seconds,
                      whole.seconds,
                      whole.kib >> 10,
                      whole.found)
                      .c_str());
        // Four times the bytes; were it their square, it would be sixteen.
        EXPECT_LE(whole.seconds, 8 * std::max(quarter.seconds, 0.05)) << shape.name;
        EXPECT_LE(whole.kib, kMostMemory) << shape.name;
        EXPECT_LE(whole.found, 201U) << shape.name;
    }
}

TEST(RevisionCost, OfSixThousandServicesStaysWithinTheSameBounds) {
    const auto small = cost_of(revision(1'500, {}, 0));
    const auto large = cost_of(revision(6'000, {}, 0));
    EXPECT_EQ(large.found, 0U);
    EXPECT_LE(large.seconds, 8 * std::max(small.seconds, 0.05));
    EXPECT_LE(large.kib, kMostMemory);
}

}  // namespace
}  // namespace wavegate::testing
