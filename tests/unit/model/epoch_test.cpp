#include "operator/model/epoch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavegate {
namespace {

StackEnv env(const std::vector<std::pair<std::string, std::string>>& entries) {
    StackEnv out;
    for (const auto& [name, value] : entries) {
        out.push_back({name, make_secret(std::string(value))});
    }
    return out;
}

StackView stack(const std::string& owner, const std::string& term) {
    StackView view;
    view.env = env({{"WAVEGATE_OWNER", owner}, {"WAVEGATE_EPOCH", term}});
    return view;
}

TEST(Epoch, IsTheTermOfWhoWroteTheStackLast) {
    EXPECT_EQ(epoch_in(env({{"A", "1"}, {"WAVEGATE_EPOCH", "12"}})), 12U);
    EXPECT_EQ(epoch_in(env({{"A", "1"}})), 0U);
}

TEST(Epoch, OfAnothersHandCountsForNothing) {
    for (const auto* text : {"", "-3", "1e9", "12x", "99999999999999999999999"}) {
        EXPECT_EQ(epoch_in(env({{"WAVEGATE_EPOCH", text}})), 0U) << text;
    }
}

TEST(Epoch, OfAnotherFleetsStackIsNotOurs) {
    EXPECT_EQ(highest_epoch({stack("homelab", "3"), stack("other", "9")}, "homelab"), 3U);
    EXPECT_EQ(highest_epoch({}, "homelab"), 0U);
}

TEST(Epoch, IsPutBesideWhatStandsThere) {
    StackWrite write;
    write.env = env({{"A", "1"}});
    stamp(write, 7);
    EXPECT_EQ(epoch_in(write.env), 7U);
    EXPECT_EQ(write.env.front().name, "A");
    EXPECT_EQ(write.sets, std::vector<std::string>{"WAVEGATE_EPOCH"});

    stamp(write, 9);
    EXPECT_EQ(epoch_in(write.env), 9U);
    EXPECT_EQ(write.env.size(), 2U);
}

TEST(Epoch, IsNeverLowered) {
    StackWrite write;
    write.env = env({{"WAVEGATE_EPOCH", "9"}});
    stamp(write, 7);
    stamp(write, 0);  // no lock is kept
    EXPECT_EQ(epoch_in(write.env), 9U);
    EXPECT_TRUE(write.sets.empty());
}

TEST(Epoch, IsNotPutWhereNoLockIsKept) {
    StackWrite write;
    stamp(write, 0);
    EXPECT_TRUE(write.env.empty());
}

}  // namespace
}  // namespace wavegate
