#include "operator/formats/compose.hpp"
#include "tests/support/output_of.hpp"
#include "tests/unit/formats/random_compose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace wavegate::formats {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kSeeds = 600;

struct Case {
    RandomCompose compose;
    std::string before;
    std::vector<ComposeChange> changes;
};

Case make_case(std::uint64_t seed) {
    Dice dice(seed);
    Case one;
    one.compose = random_compose(dice);
    one.before = one.compose.text();
    one.changes = random_changes(dice);
    return one;
}

std::string described(std::uint64_t seed, const Case& one, const std::string& after) {
    std::string changes;
    for (const ComposeChange& change : one.changes) {
        changes += fmt::format("  {} -> {}\n", change.key, change.value.value_or("(drop)"));
    }
    return fmt::format("seed {}\n{}{}\n-->\n{}", seed, changes, one.before, after);
}

std::vector<std::string> lines_of(std::string_view text, std::string_view end) {
    std::vector<std::string> lines;
    for (auto at = text.find(end); at != std::string_view::npos; at = text.find(end)) {
        lines.emplace_back(text.substr(0, at));
        text.remove_prefix(at + end.size());
    }
    if (!text.empty()) {
        lines.emplace_back(text);
    }
    return lines;
}

bool changes_key(const Case& one, const std::set<std::string>& keys) {
    return std::ranges::any_of(
        one.changes, [&](const ComposeChange& change) { return keys.contains(change.key); });
}

/// The lines of `before` that no change may touch stand in `after`, in order and byte for byte;
/// what else stands there belongs to the environment.
std::string misplaced(const Case& one, const std::string& after) {
    const auto lines = lines_of(
        std::string_view(after).substr(one.compose.byte_order_mark ? 3 : 0), one.compose.line_end);
    std::size_t at = 0;
    std::size_t extra = 0;
    for (const RandomCompose::Line& line : one.compose.lines) {
        if (line.of_environment || changes_key(one, line.keys)) {
            ++extra;
            continue;
        }
        while (at < lines.size() && lines[at] != line.text) {
            ++at;
        }
        if (at == lines.size()) {
            return "lost: " + line.text;
        }
        ++at;
    }
    const auto limit = one.compose.lines.size() + one.changes.size() + 1;
    return lines.size() > limit || extra > one.compose.lines.size() ? "too many lines" : "";
}

TEST(EditComposeAtRandom, LeavesEveryOtherLineByteForByte) {
    std::size_t refused = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const Case one = make_case(seed);
        auto edited = edit_compose(one.before, "app", one.changes);
        if (!edited) {
            ++refused;
            continue;
        }
        ASSERT_EQ(misplaced(one, *edited), "") << described(seed, one, *edited);
        ASSERT_EQ(edited->starts_with("\xEF\xBB\xBF"), one.compose.byte_order_mark);
        if (one.compose.line_end == "\r\n") {
            ASSERT_EQ(std::ranges::count(*edited, '\r'), std::ranges::count(*edited, '\n'));
        }
    }
    EXPECT_EQ(refused, 0U);
}

TEST(EditComposeAtRandom, GivesBackExactlyTheWantedValues) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const Case one = make_case(seed);
        auto edited = edit_compose(one.before, "app", one.changes);
        ASSERT_TRUE(edited) << edited.error().message() << described(seed, one, "");
        auto compose = read_compose(*edited);
        ASSERT_TRUE(compose) << described(seed, one, *edited);
        const auto& environment = compose->services.at("app").environment;
        for (const ComposeChange& change : one.changes) {
            const auto found = environment.find(change.key);
            ASSERT_EQ(found != environment.end(), change.value.has_value())
                << change.key << described(seed, one, *edited);
            if (change.value && !change.raw) {
                auto effective = substitute(found->second.text, {});
                ASSERT_TRUE(effective);
                ASSERT_EQ(*effective, *change.value) << described(seed, one, *edited);
            }
        }
    }
}

TEST(EditComposeAtRandom, ChangesNothingTheSecondTime) {
    for (std::uint64_t seed = 0; seed < kSeeds / 3; ++seed) {
        const Case one = make_case(seed);
        auto once = edit_compose(one.before, "app", one.changes);
        ASSERT_TRUE(once);
        auto twice = edit_compose(*once, "app", one.changes);
        ASSERT_TRUE(twice) << twice.error().message() << described(seed, one, *once);
        ASSERT_EQ(*twice, *once) << described(seed, one, *once);
    }
}

/// Reads each case with a parser that is not ours: all is as before but the changed entries, which
/// are as wanted.
constexpr std::string_view kJudge = R"py(
import json, subprocess, sys
def with_pyyaml(text):
    import yaml
    # libyaml where there is one: the ancestor of the parser that the servers use.
    return yaml.load(text.encode(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
def with_libfyaml(text):
    command = ["fy-tool", "--dump", "-mjson", "-r", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    return json.loads(done.stdout)
read = {"pyyaml": with_pyyaml, "libfyaml": with_libfyaml}[sys.argv[2]]
def environment(tree):
    found = tree["services"]["app"].pop("environment", None) or {}
    if isinstance(found, list):
        pairs = [item.split("=", 1) for item in found]
        assert len({p[0] for p in pairs}) == len(pairs), "duplicate"
        found = {p[0]: p[1] if len(p) > 1 else None for p in pairs}
    return found
def judge(case):
    before, after = read(case["before"]), read(case["after"])
    old, new = environment(before), environment(after)
    assert before == after, "the rest differs"
    for key, value in case["changes"].items():
        old.pop(key, None)
        assert new.pop(key, None) == value, "value of " + key
    assert old == new and list(map(type, old.values())) == list(map(type, new.values())), "others"
    assert list(old) == list(new), "order"
bad = 0
cases = json.load(open(sys.argv[1], encoding="utf-8"))
for case in cases:
    try:
        judge(case)
    except Exception as e:
        bad += 1
        print(case["seed"], repr(e))
print("judged", len(cases), "bad", bad)
)py";

json::object as_json(std::uint64_t seed, const Case& one, const std::string& after) {
    json::object wanted;
    for (const ComposeChange& change : one.changes) {
        if (!change.value) {
            wanted[change.key] = nullptr;
            continue;
        }
        std::string text;
        for (const char c : *change.value) {
            text += c == '$' && !change.raw ? "$$" : std::string(1, c);
        }
        wanted[change.key] = text;
    }
    return {{"seed", seed}, {"before", one.before}, {"after", after}, {"changes", wanted}};
}

/// What the parser says of every `step`th case.
std::string judged_by(const std::string& parser, std::uint64_t step) {
    json::array cases;
    for (std::uint64_t seed = 0; seed < kSeeds; seed += step) {
        const Case one = make_case(seed);
        auto edited = edit_compose(one.before, "app", one.changes);
        if (!edited) {
            return edited.error().message();
        }
        cases.push_back(as_json(seed, one, *edited));
    }
    const std::string base =
        fmt::format("{}wavegate-compose-{}-{}", ::testing::TempDir(), parser, getpid());
    std::ofstream(base + ".json") << json::serialize(cases);
    std::ofstream(base + ".py") << kJudge;
    auto judged =
        testing::output_of(fmt::format("python3 '{0}.py' '{0}.json' {1} 2>&1", base, parser));
    std::remove((base + ".json").c_str());
    std::remove((base + ".py").c_str());
    return judged;
}

TEST(EditComposeAtRandom, AgreesWithPyYaml) {
    if (testing::output_of("python3 -c 'import yaml; print(1)' 2>/dev/null") != "1\n") {
        GTEST_SKIP() << "NOT CHECKED: python3-yaml is not installed";
    }
    EXPECT_EQ(judged_by("pyyaml", 1), fmt::format("judged {} bad 0\n", kSeeds));
}

/// Of YAML 1.2, where PyYAML reads 1.1; two processes a case.
TEST(EditComposeAtRandom, AgreesWithLibfyaml) {
    if (testing::output_of("fy-tool --version >/dev/null 2>&1 && echo 1") != "1\n") {
        GTEST_SKIP() << "NOT CHECKED: libfyaml-utils is not installed";
    }
    constexpr std::uint64_t step = 5;
    EXPECT_EQ(judged_by("libfyaml", step), fmt::format("judged {} bad 0\n", kSeeds / step));
}

}  // namespace
}  // namespace wavegate::formats
