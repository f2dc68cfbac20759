// Gate 1, claim by claim: one thing is wrong with the token or its client, the rest is right.
#include "tests/unit/gates/stage.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace wavegate::gates {
namespace {

namespace json = boost::json;

std::int64_t issued(const Stage& stage) {
    return stage.identity.claims.at("iat").as_int64();
}

/// A token that lives for five minutes from `by` seconds after now.
void issue_at(Stage& stage, std::int64_t by) {
    const auto at = issued(stage) + by;
    stage.identity.claims["iat"] = at;
    stage.identity.claims["exp"] = at + 300;
}

struct TokenRow {
    const char* what;
    Verdict verdict;
    std::function<void(Stage&)> change;
};

TEST(TokenGate, JudgesEveryClaim) {
    const auto claim = [](const char* name, const json::value& value) {
        return [name, value](Stage& stage) { stage.identity.claims[name] = value; };
    };
    const TokenRow table[] = {
        {"as it should be", Verdict::Pass, [](Stage&) {}},
        {"no audience", Verdict::Fail, [](Stage& stage) { stage.identity.claims.erase("aud"); }},
        {"another audience", Verdict::Fail, claim("aud", "account")},
        {"an audience that begins alike", Verdict::Fail, claim("aud", "agent-services-2")},
        {"ours among several", Verdict::Pass, claim("aud", {"account", "agent-services"})},
        {"several, none ours", Verdict::Fail, claim("aud", {"account", "other"})},
        {"another client's", Verdict::Fail, claim("azp", "stranger")},
        {"no client's", Verdict::Fail, [](Stage& stage) { stage.identity.claims.erase("azp"); }},
        {"another issuer", Verdict::Fail, claim("iss", "http://kc/realms/other")},
        {"a key that services do not list",
         Verdict::Fail,
         [](Stage& stage) { stage.identity.kid = "k2"; }},
        {"clocks 4 s apart", Verdict::Pass, [](Stage& stage) { issue_at(stage, 4); }},
        {"clocks 5 s apart", Verdict::Fail, [](Stage& stage) { issue_at(stage, 5); }},
        {"clocks 4 s apart, behind", Verdict::Pass, [](Stage& stage) { issue_at(stage, -4); }},
        {"clocks 5 s apart, behind", Verdict::Fail, [](Stage& stage) { issue_at(stage, -5); }},
        {"no lifetime at all",
         Verdict::Fail,
         [](Stage& stage) { stage.identity.claims["exp"] = issued(stage); }},
        {"a lifetime just under the soak",
         Verdict::Pass,
         [](Stage& stage) { stage.identity.claims["exp"] = issued(stage) + 359; }},
        {"a lifetime of the soak",
         Verdict::Fail,
         [](Stage& stage) { stage.identity.claims["exp"] = issued(stage) + 360; }},
        {"a lifetime of the soak, where that is allowed",
         Verdict::Pass,
         [](Stage& stage) {
             stage.identity.claims["exp"] = issued(stage) + 360;
             stage.desired.fleet.waves.front().allow_short_soak = true;
         }},
        {"a lifetime of half a day, where short soaks are allowed",
         Verdict::Fail,
         [](Stage& stage) {
             stage.identity.claims["exp"] = issued(stage) + 43200;
             stage.desired.fleet.waves.front().allow_short_soak = true;
         }},
    };
    for (const auto& row : table) {
        Stage stage;
        row.change(stage);
        const auto evidence = stage.run(check_token);
        EXPECT_EQ(evidence.verdict, row.verdict) << row.what << ": " << evidence.phrase;
    }
}

TEST(TokenGate, JudgesWhatTheTokenRestsOn) {
    const TokenRow table[] = {
        {"the stored secret is another",
         Verdict::Fail,
         [](Stage& stage) { stage.store("the one before"); }},
        {"the entry was not seen",
         Verdict::Fail,
         [](Stage& stage) { stage.observed.vault.clear(); }},
        {"the client is not ours",
         Verdict::Fail,
         [](Stage& stage) {
             stage.change_client([](ClientView& client) { client.attributes.clear(); });
         }},
        {"the multiplexer runs without MCP_CLIENT_AUTH",
         Verdict::Fail,
         [](Stage& stage) { stage.running("mux").env.erase("MCP_CLIENT_AUTH"); }},
        {"the multiplexer runs with another secret",
         Verdict::Fail,
         [](Stage& stage) {
             stage.running("mux").env["OIDC_CLIENT_SECRET"] = make_secret("the one before");
         }},
        {"the secret does not mint",
         Verdict::Fail,
         [](Stage& stage) { stage.identity.mint_fails = Error(ErrorKind::Denied, ""); }},
        {"the token endpoint is away",
         Verdict::Unknown,
         [](Stage& stage) { stage.identity.mint_fails = Error(ErrorKind::Unavailable, ""); }},
        {"the keys are away",
         Verdict::Unknown,
         [](Stage& stage) { stage.identity.jwks_fails = Error(ErrorKind::Timeout, ""); }},
    };
    for (const auto& row : table) {
        Stage stage;
        row.change(stage);
        const auto evidence = stage.run(check_token);
        EXPECT_EQ(evidence.verdict, row.verdict) << row.what << ": " << evidence.phrase;
    }
}

}  // namespace
}  // namespace wavegate::gates
