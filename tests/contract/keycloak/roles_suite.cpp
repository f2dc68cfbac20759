// What a service account may do with one role of `realm-management`.
#include "operator/formats/jwt_claims.hpp"
#include "tests/contract/keycloak/suite.hpp"

#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using sandbox::AdminRole;
using Roles = KeycloakSuite;

TEST_F(Roles, ManageClientsAloneDoesAllThatTheOperatorDoes) {
    create();
    ASSERT_TRUE(apply(update()));
    remove_mapper();
    ASSERT_TRUE(apply(update(true)));
    const auto path = "/clients/" + id_of(kMux);
    EXPECT_FALSE(regenerate(kMux).empty());
    EXPECT_EQ(raw("GET", path + "/service-account-user").status, 200);
    EXPECT_EQ(raw("GET", path + "/client-secret/rotated").status, 404);
    EXPECT_EQ(raw("DELETE", path).status, 204);
}

TEST_F(Roles, AViewerSeesClientsAndSecretsAndWritesNothing) {
    create();
    const auto viewer = as("viewer", {AdminRole::ViewClients});
    const auto seen = see(*viewer, kMux);
    ASSERT_TRUE(seen && *seen);
    EXPECT_NE((*seen)->secret, nullptr);
    const auto done = apply(*viewer, update());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(raw("POST", "/clients/" + id_of(kMux) + "/client-secret", {}, "viewer").status, 403);
}

TEST_F(Roles, WhoMayOnlyQuerySeesNoClientAndMeetsDenialWhenItCreates) {
    create();
    const auto asker = as("asker", {AdminRole::QueryClients});
    const auto seen = see(*asker, kMux);
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_FALSE(seen->has_value());
    const auto done = apply(*asker, mux_client());
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
}

TEST_F(Roles, WithoutRolesOrWithoutFullScopeEverythingIsDenied) {
    const auto nobody = as("nobody", {});
    EXPECT_EQ(see(*nobody, "x").error().kind(), ErrorKind::Denied);
    EXPECT_EQ(see(*nobody, "x").error().status(), 403);
    const auto narrow = as("narrow", {AdminRole::ManageClients});
    put("narrow", {{"fullScopeAllowed", false}});
    EXPECT_EQ(see(*narrow, "x").error().kind(), ErrorKind::Denied);
}

TEST_F(Roles, CountAtOnceForTokensThatWereIssuedBefore) {
    backend_->add_operator("late", kOwnSecret, {});
    const auto early = bearer("late");
    const auto status = [&](const std::string& token) {
        HttpRequest request(
            "GET", backend_->url() + "/admin/realms/" + backend_->realm() + "/clients");
        request.headers.add("Authorization", token);
        return backend_->driver().ask(backend_->transport(), std::move(request)).status;
    };
    EXPECT_EQ(status(early), 403);
    backend_->grant("late", AdminRole::ViewClients);
    EXPECT_EQ(status(early), 200) << "full scope brings it in";
    const auto carrying = bearer("late");
    put("late", {{"fullScopeAllowed", false}});
    EXPECT_EQ(status(early), 403);
    EXPECT_EQ(status(carrying), 200) << "the token's own claim";
    put("late", {{"fullScopeAllowed", true}});
    backend_->revoke("late", AdminRole::ViewClients);
    EXPECT_EQ(status(early), 403);
    EXPECT_EQ(status(carrying), 403);
}

TEST_F(Roles, CountForTokensThatDoNotShowThem) {
    // Without scope `roles` no claim tells of a role, nor `aud` of its client.
    add(
        {{"clientId", "quiet"},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"fullScopeAllowed", true},
         {"secret", kOwnSecret},
         {"defaultClientScopes", json::array{"basic"}}});
    const auto administers = [this] {
        const auto token = mint("quiet", kOwnSecret);
        const auto claims =
            token->value->reveal([](std::string_view text) { return formats::claims_of(text); });
        for (const auto* claim : {"realm_access", "resource_access", "aud"}) {
            EXPECT_FALSE(claims->contains(claim)) << claim;
        }
        const auto opens = backend_->driver().run(client_->administers(token->value));
        EXPECT_TRUE(opens) << opens.error().message();
        return opens && *opens;
    };
    EXPECT_FALSE(administers());
    backend_->grant("quiet", AdminRole::QueryClients);
    EXPECT_TRUE(administers());
    put("quiet", {{"fullScopeAllowed", false}});
    EXPECT_FALSE(administers());
}

TEST_F(Roles, AreTriedWithThatTokenAlone) {
    const auto opens = backend_->driver().run(client_->administers(make_secret("none")));
    ASSERT_TRUE(opens) << opens.error().message();
    EXPECT_FALSE(*opens) << "what is no token opens nothing, whatever the operator's own may do";
}

TEST_F(Roles, RefusalsAreInTheServersWords) {
    create();
    backend_->add_operator("nobody", kOwnSecret, {});
    const auto path = "/clients/" + id_of(kMux);
    const auto refused = raw("GET", path, {}, "nobody");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(json_of(refused), (json::value{{"error", "HTTP 403 Forbidden"}}));
    EXPECT_EQ(raw("DELETE", path + "/client-secret/rotated", {}, "nobody").status, 500);
    HttpRequest bare("GET", backend_->url() + "/admin/realms/" + backend_->realm() + "/clients");
    const auto nameless = backend_->driver().ask(backend_->transport(), std::move(bare));
    EXPECT_EQ(nameless.status, 401);
    EXPECT_EQ(json_of(nameless), (json::value{{"error", "HTTP 401 Unauthorized"}}));
}

}  // namespace
}  // namespace wavegate::testing
