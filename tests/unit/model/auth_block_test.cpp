#include "operator/model/auth_block.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace wavegate {
namespace {

JwtSpec told() {
    return {"https://id/realms/r", "https://id/keys", "agents", "remote", "http://policies"};
}

/// A program of somebody's own: a switch for tokens, one for policies, and where things are.
AuthProfile own_profile() {
    return {
        "custom",
        {{"GATE", "strict", "lax"},
         {"RULES", "on", "off"},
         {"ISSUER", "issuer={issuer};keys={jwksUri}"},
         {"RULES_URL", "{eunomia}"}},
        {},
        "GATE"};
}

std::vector<AuthProfile> all_profiles() {
    return {agent_utilities_profile(), fastmcp_profile(), own_profile()};
}

TEST(AuthBlock, EnforcesOnlyOnTheExactWord) {
    const auto profile = agent_utilities_profile();
    EXPECT_EQ(profile.mode_of({{"AUTH_TYPE", "jwt"}}), AuthMode::Jwt);
    for (const auto* open : {"", "JWT", "jwt ", "none", "oauth"}) {
        EXPECT_EQ(profile.mode_of({{"AUTH_TYPE", open}}), AuthMode::None) << open;
    }
    EXPECT_EQ(profile.mode_of({}), AuthMode::None);
}

TEST(AuthBlock, EnforcesByTheKeysOfItsProfileAlone) {
    const auto* verifier = "fastmcp.server.auth.providers.jwt.JWTVerifier";
    const AuthBlock plain{{"FASTMCP_SERVER_AUTH", verifier}};
    EXPECT_EQ(fastmcp_profile().mode_of(plain), AuthMode::Jwt);
    EXPECT_EQ(agent_utilities_profile().mode_of(plain), AuthMode::None);
    EXPECT_EQ(fastmcp_profile().mode_of({{"AUTH_TYPE", "jwt"}}), AuthMode::None);
    EXPECT_EQ(fastmcp_profile().mode_of({{"FASTMCP_SERVER_AUTH", "jwt"}}), AuthMode::None)
        << "jwt is no class of FastMCP's (mcp.md §3)";
    EXPECT_EQ(own_profile().mode_of({{"GATE", "strict"}}), AuthMode::Jwt);
    EXPECT_EQ(own_profile().mode_of({{"GATE", "lax"}, {"RULES", "on"}}), AuthMode::None);
}

TEST(AuthBlock, OfAnOpenServiceMayLackBothSwitches) {
    const auto profile = agent_utilities_profile();
    EXPECT_TRUE(profile.is_wanted({}, told(), AuthMode::None));
    EXPECT_FALSE(profile.is_wanted({{"EUNOMIA_TYPE", "remote"}}, told(), AuthMode::None))
        << "open with a policy server lists no tools";
}

TEST(AuthBlock, IsOneModeWhetherASwitchIsUnsetEmptyOrNone) {
    const std::vector<AuthBlock> open{
        {},
        {{"AUTH_TYPE", "none"}},
        {{"AUTH_TYPE", ""}, {"EUNOMIA_TYPE", ""}},
        {{"AUTH_TYPE", "none"}, {"EUNOMIA_TYPE", "none"}, {"EUNOMIA_REMOTE_URL", ""}}};
    for (const auto& a : open) {
        EXPECT_TRUE(agent_utilities_profile().is_wanted(a, told(), AuthMode::None)) << canonical(a);
        for (const auto& b : open) {
            EXPECT_TRUE(same_block(a, b));
        }
    }
    EXPECT_FALSE(same_block({}, {{"AUTH_TYPE", "jwt"}}));
    EXPECT_FALSE(same_block({}, {{"EUNOMIA_TYPE", "remote"}}));
    EXPECT_FALSE(same_block({}, {{"AUTH_TYPE", "None"}})) << "another word, and not ours to judge";
}

TEST(AuthBlock, IsOpenInEveryProfileWithSwitchesUnsetEmptyNoneOrOff) {
    for (const auto& profile : all_profiles()) {
        for (const auto& key : profile.keys) {
            if (!key.off) {
                continue;
            }
            auto live = profile.wanted(told(), AuthMode::Jwt);
            for (auto& [name, value] : live) {
                value = profile.key(name)->off.value_or(value);
            }
            for (const auto* off : {"", "none", key.off->c_str()}) {
                live[key.name] = off;
                EXPECT_TRUE(profile.is_wanted(live, told(), AuthMode::None))
                    << profile.name << " " << key.name << "=" << off;
                EXPECT_EQ(profile.mode_of(live), AuthMode::None) << profile.name << " " << off;
            }
            live.erase(key.name);
            EXPECT_TRUE(profile.is_wanted(live, told(), AuthMode::None)) << profile.name;
            live[key.name] = key.on;
            EXPECT_FALSE(profile.is_wanted(live, told(), AuthMode::None))
                << profile.name << " " << key.name;
        }
    }
}

/// One value of each key after the other is what was wanted, off, or something else.
TEST(AuthBlock, IsComparedInPlaceAsWithTheBlockThatIsWanted) {
    for (const auto& profile : all_profiles()) {
        const auto wanted = profile.wanted(told(), AuthMode::Jwt);
        EXPECT_TRUE(profile.is_wanted(wanted, told(), AuthMode::Jwt)) << profile.name;
        for (const auto& [key, right] : wanted) {
            for (const auto& value : {std::string(), std::string("none"), right, right + "x"}) {
                auto live = wanted;
                live[key] = value;
                EXPECT_EQ(profile.is_wanted(live, told(), AuthMode::Jwt), value == right)
                    << profile.name << " " << key << "=" << value;
            }
            auto live = wanted;
            live.erase(key);
            EXPECT_FALSE(profile.is_wanted(live, told(), AuthMode::Jwt)) << key;
        }
    }
}

TEST(AuthBlock, IsFilledInFromWhatServicesAreTold) {
    const AuthBlock on{
        {"GATE", "strict"},
        {"RULES", "on"},
        {"ISSUER", "issuer=https://id/realms/r;keys=https://id/keys"},
        {"RULES_URL", "http://policies"}};
    EXPECT_EQ(own_profile().wanted(told(), AuthMode::Jwt), on);
    EXPECT_EQ(
        own_profile().wanted(told(), AuthMode::None),
        (AuthBlock{{"GATE", "lax"}, {"RULES", "off"}}));
}

TEST(AuthBlock, AsksPoliciesByTheSwitchThatSaysSoOrWhereverItEnforces) {
    EXPECT_TRUE(agent_utilities_profile().asks_policies({{"EUNOMIA_TYPE", "remote"}}, told()));
    EXPECT_FALSE(agent_utilities_profile().asks_policies({{"AUTH_TYPE", "jwt"}}, told()));
    EXPECT_TRUE(own_profile().asks_policies({{"RULES", "on"}}, told()));
    EXPECT_FALSE(
        fastmcp_profile().asks_policies(fastmcp_profile().wanted(told(), AuthMode::Jwt), told()))
        << "it knows no policy server";
    AuthProfile whole{"custom", {{"GATE", "strict", ""}, {"RULES_URL", "{eunomia}"}}, {}, "GATE"};
    EXPECT_TRUE(whole.asks_policies({{"GATE", "strict"}}, told()));
    EXPECT_FALSE(whole.asks_policies({{"RULES_URL", "http://policies"}}, told()));
}

TEST(AuthBlock, OwnsItsKeysAgainstEnvSync) {
    const auto fleet = agent_utilities_profile();
    EXPECT_TRUE(is_reserved_env(fleet, "AUTH_TYPE"));
    EXPECT_TRUE(is_reserved_env(fleet, "OIDC_ISSUER"));
    EXPECT_FALSE(is_reserved_env(fleet, "LOG_LEVEL"));
    for (const auto& profile : all_profiles()) {
        EXPECT_TRUE(is_reserved_env(profile, profile.mode_key));
        EXPECT_TRUE(is_reserved_env(profile, "OIDC_CLIENT_SECRET"));
        EXPECT_TRUE(is_reserved_env(profile, "WAVEGATE_LAST_GOOD"));
    }
    EXPECT_FALSE(is_reserved_env(own_profile(), "AUTH_TYPE")) << "it is the program's own there";
}

}  // namespace
}  // namespace wavegate
