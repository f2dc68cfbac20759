#include "operator/model/auth_block.hpp"

#include <gtest/gtest.h>

namespace wavegate {
namespace {

TEST(AuthBlock, EnforcesOnlyOnTheExactWord) {
    EXPECT_EQ(effective_mode({{"AUTH_TYPE", "jwt"}}), AuthMode::Jwt);
    for (const auto* open : {"", "JWT", "jwt ", "none", "oauth"}) {
        EXPECT_EQ(effective_mode({{"AUTH_TYPE", open}}), AuthMode::None) << open;
    }
    EXPECT_EQ(effective_mode({}), AuthMode::None);
}

TEST(AuthBlock, OfAnOpenServiceMayLackBothSwitches) {
    const auto open = wanted_block({}, AuthMode::None);
    EXPECT_TRUE(satisfies({}, open));
    EXPECT_FALSE(satisfies({{"EUNOMIA_TYPE", "remote"}}, open))
        << "open with a policy server lists no tools";
}

TEST(AuthBlock, OwnsItsKeysAgainstEnvSync) {
    EXPECT_TRUE(is_reserved_env("AUTH_TYPE"));
    EXPECT_TRUE(is_reserved_env("OIDC_CLIENT_SECRET"));
    EXPECT_TRUE(is_reserved_env("WAVEGATE_LAST_GOOD"));
    EXPECT_FALSE(is_reserved_env("LOG_LEVEL"));
}

}  // namespace
}  // namespace wavegate
