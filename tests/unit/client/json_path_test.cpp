#include "operator/client/json_path.hpp"

#include "operator/desired/crd.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

boost::json::value sample() {
    return boost::json::parse(R"({
        "spec": {"wave": "data", "rules": [{"name": "first"}, {"name": "second"}]},
        "status": {"conditions": [
            {"type": "Reconciling", "status": "True"},
            "no object",
            {"type": "Ready", "status": "False", "message": "a [b] c"}]}})");
}

std::string at(std::string_view path) {
    auto parsed = JsonPath::parse(path);
    if (!parsed) {
        return "no path";
    }
    const auto root = sample();
    const auto* found = parsed->find(root);
    return found == nullptr || !found->is_string() ? "nothing"
                                                   : std::string(found->get_string().c_str());
}

TEST(JsonPath, FollowsMembers) {
    EXPECT_EQ(at(".spec.wave"), "data");
    EXPECT_EQ(at(".spec.nothing.below"), "nothing");
    EXPECT_EQ(at(".spec.wave.below"), "nothing");
}

TEST(JsonPath, TakesAnElementByNumber) {
    EXPECT_EQ(at(".spec.rules[1].name"), "second");
    EXPECT_EQ(at(".spec.rules[2].name"), "nothing");
    EXPECT_EQ(at(".spec[0]"), "nothing");
}

TEST(JsonPath, TakesTheFirstElementWhoseMemberIsThatString) {
    EXPECT_EQ(at(R"(.status.conditions[?(@.type=="Ready")].status)"), "False");
    EXPECT_EQ(at(R"(.status.conditions[?(@.type=="Ready")].message)"), "a [b] c");
    EXPECT_EQ(at(R"(.status.conditions[?(@.type=="Stalled")].status)"), "nothing");
    EXPECT_EQ(at(R"(.spec[?(@.type=="Ready")])"), "nothing");
}

TEST(JsonPath, RefusesWhatItDoesNotKnow) {
    for (const auto* path :
         {"spec",
          "..spec",
          ".",
          ".a[",
          ".a[]",
          ".a[-1]",
          ".a[*]",
          ".a[1:2]",
          ".a['b']",
          ".a[?(@.b)]",
          ".a[?(@.b==1)]",
          R"(.a[?(@.b==")])",
          R"(.a[?(@.=="x")])",
          R"(.a[?(@.b.c=="x")])",
          ".a b"}) {
        EXPECT_FALSE(JsonPath::parse(path)) << path;
    }
}

TEST(JsonPath, KnowsEveryColumnOfEveryKind) {
    int columns = 0;
    for (const auto& [kind, crd] : desired::Schemas::embedded().kinds()) {
        for (const auto& column : crd.columns) {
            EXPECT_TRUE(JsonPath::parse(column.json_path)) << kind << " " << column.name;
            ++columns;
        }
    }
    EXPECT_GT(columns, 10);
}

}  // namespace
}  // namespace wavegate::client
