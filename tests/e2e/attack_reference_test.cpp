// Somebody with the right to commit has a secret of the operator's sent to a server of theirs.
#include "tests/e2e/attacker.hpp"
#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A fleet in force; commits of an attacker's come on top.
class AttackReference : public ::testing::Test {
  protected:
    void SetUp() override {
        running_.emplace(fleet_);
        ASSERT_TRUE(running_->until_standing("Converged", 30s)) << running_->story();
    }

    /// The commit is refused with these words, and nothing comes of it.
    void expect_refused(const std::string& words) {
        fleet_.commit("steal");
        EXPECT_TRUE(running_->until(
            [&](const json::object& now) {
                const auto condition = condition_of(now, "SourceReady");
                return text_at(condition, "reason") == "NotAllowed" &&
                       text_at(condition, "message").find(words) != std::string::npos;
            },
            30s))
            << words << "\n"
            << running_->story();
        running_->look();
        EXPECT_THAT(attacker_.heard(), IsEmpty());
    }
    void add_grafana(const std::string& url, const std::string& reference) {
        fleet_.edit(
            "fleet.yaml",
            "  waves:\n",
            "  grafana: { url: \"" + url + "\", tokenRef: \"" + reference + "\" }\n  waves:\n");
    }

    Fleet fleet_{{{"a-mcp"}, {}}};
    Attacker attacker_;
    std::optional<RunningOperator> running_;
};

TEST_F(AttackReference, ToTheOperatorsOwnTokenResolvesForNoDesiredState) {
    add_grafana(attacker_.url(), "env:SANDBOX_API_TOKEN");
    expect_refused("the operator's own");
    EXPECT_EQ(running_->command({"rollout", "pause"}), 0);
}

TEST_F(AttackReference, ThatNothingListsGoesNowhere) {
    add_grafana(attacker_.url(), "env:HOME");
    expect_refused("env:HOME is not among the references of operator.yaml");
}

TEST_F(AttackReference, ToAnotherSystemsSecretGoesToThatSystemAlone) {
    add_grafana(attacker_.url(), "env:SANDBOX_PORTAINER");
    expect_refused("env:SANDBOX_PORTAINER may not be sent to " + attacker_.url());
}

TEST_F(AttackReference, GoesToNoOtherPortOfItsHost) {
    fleet_.edit("fleet.yaml", fleet_.url("portainer"), attacker_.url("portainer"));
    expect_refused("env:SANDBOX_PORTAINER may not be sent to " + attacker_.url("portainer"));
}

TEST_F(AttackReference, GoesToNoOtherSchemeOfItsAuthority) {
    auto tls = fleet_.url("portainer");
    tls.replace(0, 4, "https");
    fleet_.edit("fleet.yaml", fleet_.url("portainer"), tls);
    expect_refused("env:SANDBOX_PORTAINER may not be sent to " + tls);
}

TEST_F(AttackReference, PutsNoClientsSecretWhereNothingNamesIt) {
    fleet_.edit("clients.yaml", "path: mcp-multiplexer/oidc", "path: attacker/readable");
    expect_refused("clients: { mcp-multiplexer: { paths: [ attacker/readable ] } }");
    fleet_.edit("clients.yaml", "path: attacker/readable", "path: mcp-multiplexer/oidc");
    fleet_.edit(
        "clients.yaml",
        "[ { stack: mcp-multiplexer } ]",
        "[ { stack: mcp-multiplexer }, { stack: a-mcp } ]");
    expect_refused("clients: { mcp-multiplexer: { stacks: [ a-mcp ] } }");
    EXPECT_FALSE(fleet_.stack_env("a-mcp").contains("OIDC_CLIENT_SECRET"));
}

TEST_F(AttackReference, SteersNoServiceByAProxy) {
    fleet_.edit(
        "services.yaml",
        "metadata: { name: a-mcp }\nspec:\n",
        "metadata: { name: a-mcp }\nspec:\n  env: { HTTP_PROXY: \"" + attacker_.url() + "\" }\n");
    expect_refused("env: { a-mcp: [ HTTP_PROXY ] }");
}

TEST_F(AttackReference, TrustsNoOtherIssuer) {
    fleet_.edit(
        "fleet.yaml",
        "issuer: \"" + fleet_.url("keycloak"),
        "issuer: \"" + attacker_.url("keycloak"));
    expect_refused("spec.jwt.issuer");
}

TEST(AttackSettings, WithoutOriginsAreRefusedWithTheLinesToWrite) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.operator_env()["WAVEGATE_REFERENCES"] = "env:SANDBOX_PORTAINER";
    const auto without = fleet.start({"plan"});
    EXPECT_EQ(without->wait(30s), 1);
    EXPECT_THAT(without->errors(), HasSubstr("names no origin"));
    EXPECT_THAT(without->errors(), HasSubstr("to: [ \"https://HOST\" ]"));
}

/// A moved backend within what operator.yaml lists is no theft, and is a person's to take.
TEST(MovedBackend, WaitsForAPersonWhoMayTakeIt) {
    Fleet fleet({{"a-mcp"}, {}});
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();
    fleet.edit(
        "fleet.yaml",
        "  waves:\n",
        "  grafana: { url: \"" + fleet.url("grafana") +
            "\", tokenRef: \"env:SANDBOX_GRAFANA\" }\n  waves:\n");
    fleet.commit("annotate");
    ASSERT_TRUE(running.until(
        [](const json::object& now) {
            return text_at(condition_of(now, "SourceReady"), "reason") == "Held";
        },
        30s))
        << running.story();
    std::string said;
    const auto head = text_at(running.status().at("source").as_object(), "seen");
    EXPECT_EQ(running.command({"rollout", "accept", "--revision", head}, &said), 0) << said;
    ASSERT_TRUE(running.until(
        [](const json::object& now) {
            return text_at(condition_of(now, "SourceReady"), "status") == "True";
        },
        30s))
        << running.story();
}

}  // namespace
}  // namespace wavegate::testing
