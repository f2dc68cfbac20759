#include "operator/formats/compose.hpp"
#include "operator/formats/compose_effect.hpp"
#include "tests/support/output_of.hpp"
#include "tests/unit/formats/rich_compose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>

// Files that share through anchors, aliases and merge keys: edits of one service, and a second
// reader.
namespace wavegate::formats {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kRichSeeds = 150;

std::optional<StackEffect> effect(const std::string& text, const RichCompose& one) {
    auto compose = read_compose(text);
    if (!compose) {
        return std::nullopt;
    }
    auto found = effect_of({std::make_shared<const Compose>(std::move(*compose))}, one.env);
    return found ? std::optional(std::move(*found)) : std::nullopt;
}

using Environment = std::map<std::string, std::string>;

/// What the environment must be once the changes are made.
Environment changed(Environment environment, const std::vector<ComposeChange>& changes) {
    for (const auto& change : changes) {
        environment.erase(change.key);
        if (change.value) {
            environment[change.key] = *change.value;
        }
    }
    return environment;
}

TEST(EditComposeThatShares, ChangesWhatItShouldOrSaysWhyNot) {
    const std::vector<std::vector<ComposeChange>> all{
        {{"AUTH_TYPE", "oauth"}},
        {{"A", std::nullopt}},
        {{"PORT", "3.10"}, {"B", std::nullopt}, {"NEW", "yes"}}};
    std::size_t edited = 0;
    std::size_t refused = 0;
    for (std::uint64_t seed = 0; seed < kRichSeeds; ++seed) {
        const auto one = rich_compose(seed);
        const auto before = effect(one.text, one);
        if (!before) {
            continue;
        }
        for (const auto& [name, service] : before->services) {
            for (const auto& changes : all) {
                const auto text = edit_compose(one.text, name, changes);
                if (!text) {
                    ++refused;
                    EXPECT_FALSE(text.error().message().empty());
                    continue;
                }
                ++edited;
                auto expected = before->services;
                expected[name].environment = changed(service.environment, changes);
                const auto after = effect(*text, one);
                ASSERT_TRUE(after && after->services == expected)
                    << "seed " << seed << ", service " << name << "\n"
                    << one.text << "-->\n"
                    << *text;
            }
        }
    }
    std::cout << "edited " << edited << ", refused " << refused << "\n";
    EXPECT_GT(edited, kRichSeeds);
    EXPECT_GT(refused, kRichSeeds / 10);
}

/// PyYAML reads YAML 1.1: names must be the same, and values that are text to both.
constexpr std::string_view kRichJudge = R"py(
import json, re, sys, yaml
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
def environment(service):
    found = service.get("environment") or {}
    if isinstance(found, list):
        found = dict((item.split("=", 1) + [None])[:2] for item in found)
    return found
def judge_rich(case):
    services = yaml.load(case["text"], Loader)["services"]
    assert set(services) == set(case["services"]), "services"
    for name, ours in case["services"].items():
        theirs = environment(services[name])
        assert set(theirs) == set(ours), name
        for key, value in theirs.items():
            text = isinstance(value, str) and not re.match("[-+.]?[0-9]", value)
            assert not text or ours[key] == value, name + "." + key
bad = 0
cases = json.load(open(sys.argv[1], encoding="utf-8"))
for case in cases:
    try:
        judge_rich(case)
    except Exception as e:
        bad += 1
        print(case["seed"], repr(e))
print("judged", len(cases), "bad", bad)
)py";

TEST(ReadComposeThatShares, AgreesWithASecondParser) {
    if (testing::output_of("python3 -c 'import yaml; print(1)' 2>/dev/null") != "1\n") {
        GTEST_SKIP() << "NOT CHECKED: python3-yaml is not installed";
    }
    json::array cases;
    for (std::uint64_t seed = 0; seed < kRichSeeds; ++seed) {
        const auto one = rich_compose(seed);
        const auto compose = read_compose(one.text);
        if (!compose) {
            continue;
        }
        json::object services;
        for (const auto& [name, service] : compose->services) {
            json::object environment;
            for (const auto& [key, env] : service.environment) {
                environment[key] = env.text;
            }
            services[name] = std::move(environment);
        }
        cases.push_back({{"seed", seed}, {"text", one.text}, {"services", std::move(services)}});
    }
    const std::string base = fmt::format("{}wavegate-shares-{}", ::testing::TempDir(), getpid());
    std::ofstream(base + ".json") << json::serialize(cases);
    std::ofstream(base + ".py") << kRichJudge;
    const auto judged = testing::output_of(fmt::format("python3 '{0}.py' '{0}.json' 2>&1", base));
    std::remove((base + ".json").c_str());
    std::remove((base + ".py").c_str());

    EXPECT_GT(cases.size(), kRichSeeds / 2);
    EXPECT_EQ(judged, fmt::format("judged {} bad 0\n", cases.size()));
}

}  // namespace
}  // namespace wavegate::formats
