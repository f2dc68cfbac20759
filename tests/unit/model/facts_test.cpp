#include "operator/model/facts.hpp"

#include "operator/base/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wavegate {
namespace {

TEST(Facts, KeepTheirOrderAndRepeatedNames) {
    Facts facts{{"tool", "a"}, {"tool", "b"}};
    facts.add("tools", "2");
    EXPECT_EQ(facts.size(), 3U);
    EXPECT_EQ(*facts.find("tool"), "a");
    EXPECT_EQ(*facts.find("tools"), "2");
    EXPECT_EQ(facts.find("probe"), nullptr);
    EXPECT_EQ(facts.size_in_bytes(), 4U * 2 + 2 + 6);
}

TEST(Facts, CutWhatOthersSayAtLength) {
    Facts facts;
    facts.add("policy", std::string(7U << 20U, 'x'));
    const auto& kept = *facts.find("policy");
    EXPECT_EQ(kept.size(), Facts::kLongest);
    EXPECT_TRUE(kept.ends_with("x…"));
}

TEST(Facts, CutBetweenCharactersAlone) {
    for (std::size_t before = 0; before < 4; ++before) {
        std::string text(before, 'x');
        while (text.size() < 1'000) {
            text += "𝄞";
        }
        Facts facts;
        facts.add("policy", text);
        EXPECT_LE(facts.find("policy")->size(), Facts::kLongest);
        EXPECT_TRUE(is_utf8(*facts.find("policy"))) << before;
    }
}

TEST(Facts, HoldNoMoreThanTheirBudget) {
    Facts facts;
    for (int i = 0; i < 100'000; ++i) {
        facts.add("tool", "tool-" + std::to_string(i));
    }
    EXPECT_LE(facts.size_in_bytes(), Facts::kMost);
    EXPECT_GT(facts.size_in_bytes(), Facts::kMost - Facts::kLongest);
    EXPECT_EQ(*facts.find("tool"), "tool-0");
}

}  // namespace
}  // namespace wavegate
