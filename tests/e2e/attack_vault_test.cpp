// Somebody with the right to commit names a vault of their own, and has the operator log in to it.
#include "tests/e2e/attacker.hpp"
#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kByToken = "tokenRef: \"env:SANDBOX_OPENBAO\"";
constexpr const char* kByJwt =
    "jwtLogin: { role: wavegate, clientId: wavegate-vault, clientSecretRef: "
    "\"env:SANDBOX_VAULT_LOGIN\" }";

/// What the source says of the newest commit: its reason, and all that it found.
std::string said_of_source(const json::object& status) {
    const auto condition = condition_of(status, "SourceReady");
    return text_at(condition, "reason") + ": " + text_at(condition, "message");
}

/// What is wrong with the newest commit, all in one; empty while nobody answers.
std::string errors_of_source(const json::object& status) {
    std::string errors;
    if (const auto* source = status.if_contains("source")) {
        for (const auto& one : source->at("diagnostics").as_array()) {
            errors += text_at(one.as_object(), "message") + "\n";
        }
    }
    return errors;
}

bool is_refused(const json::object& status) {
    return text_at(condition_of(status, "SourceReady"), "status") == "False";
}

/// The value of a JSON field that holds no escapes; empty where there is none.
std::string value_in(const std::string& text, const std::string& field) {
    const auto mark = "\"" + field + "\":\"";
    const auto at = text.find(mark);
    const auto from = at + mark.size();
    return at == std::string::npos ? "" : text.substr(from, text.find('"', from) - from);
}

TEST(AttackVault, GetsNeitherATokenNorAClientsSecret) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker(
        [](const std::string&) { return R"({"auth":{"client_token":"x","lease_duration":60}})"; });
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();

    const auto good = text_at(running.status().at("source").as_object(), "revision");
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit("fleet.yaml", kByToken, kByJwt);
    fleet.commit("another vault");
    ASSERT_TRUE(running.until(is_refused, 30s)) << running.story();
    EXPECT_THAT(
        said_of_source(running.status()),
        AllOf(HasSubstr("NotAllowed"), HasSubstr("tokens: { keycloak: ORIGINS }")));
    std::string said;
    const auto head = text_at(running.status().at("source").as_object(), "seen");
    EXPECT_NE(running.command({"rollout", "accept", "--revision", head}, &said), 0)
        << "no person's slip lets it in either: " << said;
    running.look();
    running.look();
    EXPECT_THAT(attacker.heard(), IsEmpty());

    EXPECT_EQ(text_at(running.status().at("source").as_object(), "revision"), good);
    fleet.happen("policy/wipe");
    running.look();
    EXPECT_EQ(running.written("policy"), 2) << "the operator still works";
}

TEST(AttackVault, GetsNothingFromAnOperatorThatStartsWithSuchACommit) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker;
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit("fleet.yaml", kByToken, kByJwt);
    fleet.commit("another vault");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until(is_refused, 30s));
    EXPECT_THAT(said_of_source(running.status()), HasSubstr("NotAllowed"));
    running.look();
    EXPECT_THAT(attacker.heard(), IsEmpty());
}

TEST(AttackVault, GetsNoTokenOfTheOperatorsOwnClientEvenWhereItIsListed) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker;
    fleet.operator_env()["WAVEGATE_TOKENS_KEYCLOAK"] = attacker.url();
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit(
        "fleet.yaml",
        kByToken,
        "jwtLogin: { role: x, clientId: wavegate, clientSecretRef: \"env:SANDBOX_KEYCLOAK\" }");
    fleet.commit("log in as the operator");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until(is_refused, 30s));
    EXPECT_THAT(errors_of_source(running.status()), HasSubstr("is the operator's own client"));
    fleet.edit("fleet.yaml", ", clientId: wavegate, clientSecretRef: \"env:SANDBOX_KEYCLOAK\"", "");
    fleet.commit("as it was written before");
    ASSERT_TRUE(running.until(
        [](const json::object& now) {
            return errors_of_source(now).find(
                       "write clientId: wavegate-vault, clientSecretRef: ") != std::string::npos;
        },
        30s))
        << errors_of_source(running.status());
    EXPECT_THAT(attacker.heard(), IsEmpty());
}

TEST(AttackVault, ThatIsListedAndCuriousGetsATokenThatOpensNothing) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker(
        [](const std::string&) { return R"({"auth":{"client_token":"x","lease_duration":60}})"; });
    fleet.operator_env()["WAVEGATE_TOKENS_KEYCLOAK"] = attacker.url();
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit("fleet.yaml", kByToken, kByJwt);
    fleet.commit("the vault is theirs");
    const RunningOperator running(fleet);
    std::string jwt;
    ASSERT_TRUE(running.until(
        [&](const json::object&) {
            for (const auto& request : attacker.heard()) {
                jwt = jwt.empty() ? value_in(request, "jwt") : jwt;
            }
            return !jwt.empty();
        },
        30s))
        << running.story();
    const std::vector<std::string> bearer{
        "Authorization: Bearer " + jwt, "Content-Type: application/json"};
    const auto clients = fleet.url("keycloak") + "/admin/realms/master/clients";
    EXPECT_EQ(ask("GET", clients, bearer).status, 403);
    EXPECT_EQ(ask("POST", clients, bearer, R"({"clientId":"evil"})").status, 403);
    EXPECT_TRUE(fleet.client("evil").empty());
    EXPECT_FALSE(attacker.heard(fleet.operator_env().at("SANDBOX_KEYCLOAK")));
    EXPECT_FALSE(attacker.heard(fleet.operator_env().at("SANDBOX_VAULT_LOGIN")));
}

TEST(AttackVault, GetsNothingWhereItsLoginsClientMayDoMore) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker;
    fleet.operator_env()["WAVEGATE_TOKENS_KEYCLOAK"] = attacker.url();
    auto client = fleet.client("wavegate-vault");
    client["fullScopeAllowed"] = true;
    fleet.change_client(client);
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit("fleet.yaml", kByToken, kByJwt);
    fleet.commit("the vault is theirs");
    const RunningOperator running(fleet);
    std::string said;
    ASSERT_TRUE(running.until(
        [&](const json::object&) {
            said = running.story();
            return said.find("turn \"Full scope allowed\" off") != std::string::npos;
        },
        30s))
        << said;
    for (const auto& request : attacker.heard()) {
        EXPECT_THAT(request, Not(HasSubstr("jwt")));
    }
}

TEST(VaultLogin, ByItsOwnClientKeepsTheFleetsSecrets) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.edit("fleet.yaml", kByToken, kByJwt);
    fleet.commit("log in by jwt");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();
    EXPECT_THAT(fleet.vault_entry("mcp-multiplexer/oidc"), HasSubstr("OIDC_CLIENT_SECRET"));
}

}  // namespace
}  // namespace wavegate::testing
