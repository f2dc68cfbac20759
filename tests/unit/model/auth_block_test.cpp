#include "operator/model/auth_block.hpp"

#include <gtest/gtest.h>

#include <vector>

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

TEST(AuthBlock, IsOneModeWhetherASwitchIsUnsetEmptyOrNone) {
    const std::vector<AuthBlock> open{
        {},
        {{"AUTH_TYPE", "none"}},
        {{"AUTH_TYPE", ""}, {"EUNOMIA_TYPE", ""}},
        {{"AUTH_TYPE", "none"}, {"EUNOMIA_TYPE", "none"}, {"EUNOMIA_REMOTE_URL", ""}}};
    for (const auto& a : open) {
        EXPECT_TRUE(satisfies(a, wanted_block({}, AuthMode::None))) << canonical(a);
        for (const auto& b : open) {
            EXPECT_TRUE(same_block(a, b));
        }
    }
    EXPECT_FALSE(same_block({}, {{"AUTH_TYPE", "jwt"}}));
    EXPECT_FALSE(same_block({}, {{"EUNOMIA_TYPE", "remote"}}));
    EXPECT_FALSE(same_block({}, {{"AUTH_TYPE", "None"}})) << "another word, and not ours to judge";
}

/// One value of each key after the other is what was wanted, off, or something else.
TEST(AuthBlock, IsComparedInPlaceAsWithTheBlockThatIsWanted) {
    JwtSpec jwt;
    jwt.audience = "agents";
    jwt.issuer = "https://id/realms/r";
    jwt.jwks_uri = "https://id/keys";
    jwt.eunomia_type = "remote";
    jwt.eunomia_url = "http://policies";
    for (const auto mode : {AuthMode::None, AuthMode::Jwt}) {
        const auto wanted = wanted_block(jwt, mode);
        EXPECT_TRUE(auth_profile().is_wanted(wanted, jwt, mode));
        for (const auto key : auth_profile().keys) {
            for (const auto* value : {"", "none", "jwt", "remote", "another"}) {
                auto live = wanted;
                live[std::string(key)] = value;
                EXPECT_EQ(auth_profile().is_wanted(live, jwt, mode), satisfies(live, wanted))
                    << key << "=" << value;
            }
            auto live = wanted;
            live.erase(std::string(key));
            EXPECT_EQ(auth_profile().is_wanted(live, jwt, mode), satisfies(live, wanted)) << key;
        }
    }
}

TEST(AuthBlock, EnforcesWithNothingLess) {
    AuthBlock wanted{{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", "remote"}};
    EXPECT_TRUE(satisfies(wanted, wanted));
    EXPECT_FALSE(satisfies({{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", ""}}, wanted));
    EXPECT_FALSE(satisfies({{"AUTH_TYPE", "jwt"}}, wanted));
}

TEST(AuthBlock, OwnsItsKeysAgainstEnvSync) {
    EXPECT_TRUE(is_reserved_env("AUTH_TYPE"));
    EXPECT_TRUE(is_reserved_env("OIDC_CLIENT_SECRET"));
    EXPECT_TRUE(is_reserved_env("WAVEGATE_LAST_GOOD"));
    EXPECT_FALSE(is_reserved_env("LOG_LEVEL"));
}

}  // namespace
}  // namespace wavegate
