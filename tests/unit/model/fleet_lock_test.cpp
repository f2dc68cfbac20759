#include "operator/model/fleet_lock.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wavegate {
namespace {

TEST(LockName, BearsTheFleetsName) {
    EXPECT_EQ(lock_name("homelab"), "wavegate-homelab-lock");
}

TEST(LockName, IsNeverLongerThanSwarmAllows) {
    const std::string longest(50, 'f');
    EXPECT_EQ(lock_name(longest).size(), 64U);
    EXPECT_LE(lock_name(longest + "g").size(), 64U);
    EXPECT_LE(lock_name(std::string(4000, 'f')).size(), 64U);
}

TEST(LockName, OfTwoLongNamesIsNeverTheSame) {
    const std::string longest(60, 'f');
    EXPECT_NE(lock_name(longest + "a"), lock_name(longest + "b"));
}

}  // namespace
}  // namespace wavegate
