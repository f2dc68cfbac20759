// The admin API of clients as curl sees it: what the operator's bodies are shaped by.
#include "tests/contract/keycloak/suite.hpp"

#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class KeycloakRules : public KeycloakSuite {
  protected:
    int status(const std::string& method, const std::string& path, const std::string& body = {}) {
        return raw(method, path, body).status;
    }
    /// PUT of our client.
    HttpResponse change(const std::string& body) {
        return raw("PUT", "/clients/" + id_of(kMux), body);
    }
    std::string models() { return "/clients/" + id_of(kMux) + "/protocol-mappers/models"; }
    static std::string location(const HttpResponse& response) {
        return std::string(response.headers.get("Location").value_or(""));
    }
};

constexpr const char* kMapper =
    R"({"name":"extra","protocol":"openid-connect","protocolMapper":"oidc-audience-mapper",)"
    R"("config":{"included.custom.audience":"extra","access.token.claim":"true","empty":""}})";

TEST_F(KeycloakRules, AClientIsPublicWhenNobodySaysOtherwise) {
    EXPECT_EQ(status("POST", "/clients", R"({"clientId":"p","protocol":"openid-connect"})"), 201);
    EXPECT_TRUE(stored("p").at("publicClient").as_bool());
    EXPECT_FALSE(stored("p").as_object().contains("secret"));
}

TEST_F(KeycloakRules, ACreateFillsIn) {
    add({{"clientId", "x"}, {"publicClient", false}, {"serviceAccountsEnabled", true}});
    const auto client = stored("x");
    EXPECT_TRUE(client.at("enabled").as_bool());
    EXPECT_TRUE(client.at("standardFlowEnabled").as_bool());
    EXPECT_TRUE(client.at("fullScopeAllowed").as_bool());
    EXPECT_FALSE(client.at("directAccessGrantsEnabled").as_bool());
    EXPECT_EQ(client.at("clientAuthenticatorType"), "client-secret");
    EXPECT_EQ(client.at("nodeReRegistrationTimeout").as_int64(), -1);
    EXPECT_EQ(text(client, "secret").size(), 86U);
    EXPECT_TRUE(client.at("attributes").as_object().contains("client.secret.creation.time"));
    EXPECT_EQ(client.at("defaultClientScopes").as_array().size(), 7U) << "six and service_account";
    EXPECT_EQ(client.at("optionalClientScopes").as_array().size(), 5U);
}

TEST_F(KeycloakRules, LocationNamesTheNewClientAtTheHostOfTheRequest) {
    const auto made = raw("POST", "/clients", R"({"id":"fixed","clientId":"x"})");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.body, "");
    EXPECT_EQ(
        location(made), backend_->url() + "/admin/realms/" + backend_->realm() + "/clients/fixed");
}

TEST_F(KeycloakRules, DuplicatesAreConflicts) {
    create();
    const auto again = raw("POST", "/clients", R"({"clientId":"mcp-multiplexer"})");
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(
        json_of(again), (json::value{{"errorMessage", "Client mcp-multiplexer already exists"}}));
    const auto same_id =
        raw("POST", "/clients", R"({"id":")" + id_of(kMux) + R"(","clientId":"other"})");
    EXPECT_EQ(same_id.status, 409);
    EXPECT_EQ(
        json_of(same_id),
        (json::value{{"error", "conflict"}, {"error_description", "Duplicate resource error"}}));
    EXPECT_EQ(change(R"({"clientId":"operator"})").status, 409);
}

TEST_F(KeycloakRules, ListsAreExactOrSearchedAndComeByPages) {
    for (const auto* name : {"b-Two", "a-one", "b-three"}) {
        add({{"clientId", name}});
    }
    const auto names = [&](const std::string& query) {
        json::array out;
        const auto found = json_of(raw("GET", "/clients?" + query));
        for (const auto& client : found.as_array()) {
            out.emplace_back(client.at("clientId"));
        }
        return out;
    };
    EXPECT_EQ(names("clientId=b-Two"), (json::array{"b-Two"}));
    EXPECT_EQ(names("clientId=b-two"), json::array()) << "exact";
    EXPECT_EQ(names("clientId=none"), json::array());
    EXPECT_EQ(names("clientId=b-T&search=true"), (json::array{"b-Two", "b-three"}));
    EXPECT_EQ(names("clientId=b-&search=true&first=1&max=1"), (json::array{"b-three"}));
    EXPECT_EQ(names("first=0&max=2").size(), 2U);
    EXPECT_GE(names("").size(), 4U);
}

TEST_F(KeycloakRules, ASearchByAttributeIsRefused) {
    const auto answer = raw("GET", "/clients?q=wavegate.owner:homelab");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(json_of(answer).at("error"), "invalid_request");
}

TEST_F(KeycloakRules, APutMergesAttributesAndReplacesLists) {
    add(
        {{"clientId", kMux},
         {"publicClient", false},
         {"redirectUris", json::array{"https://a.arpa/*"}},
         {"webOrigins", json::array{"https://a.arpa"}},
         {"attributes", json::object{{"a", "1"}, {"b", "2"}}}});
    EXPECT_EQ(change(R"({"attributes":{"b":"","c":"3"}})").status, 204);
    auto client = stored(kMux);
    EXPECT_EQ(client.at("attributes").at("a"), "1");
    EXPECT_FALSE(client.at("attributes").as_object().contains("b"));
    EXPECT_EQ(client.at("attributes").at("c"), "3");
    EXPECT_EQ(client.at("redirectUris"), (json::array{"https://a.arpa/*"})) << "absent is kept";
    EXPECT_EQ(change(R"({"attributes":{"c":null},"redirectUris":[]})").status, 204);
    client = stored(kMux);
    EXPECT_FALSE(client.at("attributes").as_object().contains("c"));
    EXPECT_EQ(client.at("redirectUris"), json::array());
    EXPECT_EQ(client.at("webOrigins"), (json::array{"https://a.arpa"}));
}

TEST_F(KeycloakRules, APutKeepsScalarsThatAreAbsentOrNull) {
    create();
    put(kMux, {{"description", "d"}, {"name", "n"}});
    put(kMux, {{"description", nullptr}, {"name", ""}});
    EXPECT_EQ(stored(kMux).at("description"), "d");
    EXPECT_EQ(text(stored(kMux), "name"), "");
    EXPECT_TRUE(stored(kMux).at("enabled").as_bool());
}

TEST_F(KeycloakRules, APutWithoutAuthorizationSwitchesItOff) {
    create();
    put(kMux, {{"authorizationServicesEnabled", true}});
    EXPECT_TRUE(stored(kMux).at("authorizationServicesEnabled").as_bool());
    put(kMux, {{"description", "x"}});
    const auto client = stored(kMux);
    const auto* value = client.as_object().if_contains("authorizationServicesEnabled");
    EXPECT_TRUE(value == nullptr || !value->as_bool());
}

TEST_F(KeycloakRules, APutOfMappersReplacesTheSetAndKeepsTheirIds) {
    create();
    const auto before = stored(kMux).at("protocolMappers").at(0);
    put(kMux, {{"protocolMappers", json::array{before, json::parse(kMapper)}}});
    const auto mappers = stored(kMux).at("protocolMappers").as_array();
    ASSERT_EQ(mappers.size(), 2U);
    EXPECT_TRUE(mappers[0].at("id") == before.at("id") || mappers[1].at("id") == before.at("id"));
    put(kMux, {{"protocolMappers", json::array()}});
    const auto client = stored(kMux);
    const auto* left = client.as_object().if_contains("protocolMappers");
    EXPECT_TRUE(left == nullptr || left->as_array().empty());
}

TEST_F(KeycloakRules, APutLeavesScopesAlone) {
    create();
    const auto before = stored(kMux).at("defaultClientScopes");
    put(kMux, {{"defaultClientScopes", json::array()}});
    EXPECT_EQ(stored(kMux).at("defaultClientScopes").as_array().size(), before.as_array().size());
}

TEST_F(KeycloakRules, AServiceAccountSwitchedOffAndOnIsANewUser) {
    create();
    const auto user = [&] {
        return text(
            json_of(raw("GET", "/clients/" + id_of(kMux) + "/service-account-user")).as_object(),
            "id");
    };
    const auto before = user();
    put(kMux, {{"serviceAccountsEnabled", false}});
    EXPECT_EQ(status("GET", "/clients/" + id_of(kMux) + "/service-account-user"), 400);
    put(kMux, {{"serviceAccountsEnabled", true}});
    EXPECT_FALSE(user().empty());
    EXPECT_NE(user(), before);
}

TEST_F(KeycloakRules, AClientThatWasPublicHasAnotherSecret) {
    create();
    const auto before = secret_of(kMux);
    put(kMux, {{"publicClient", true}});
    put(kMux, {{"publicClient", false}});
    EXPECT_FALSE(secret_of(kMux).empty());
    EXPECT_NE(secret_of(kMux), before);
}

TEST_F(KeycloakRules, AMapperIsAddedReadInAnotherViewPutAndDeleted) {
    create();
    const auto made = raw("POST", models(), kMapper);
    EXPECT_EQ(made.status, 201);
    const auto id = location(made).substr(location(made).rfind('/') + 1);
    EXPECT_THAT(location(made), EndsWith(models() + "/" + id));
    const auto shown = json_of(raw("GET", models() + "/" + id)).as_object();
    const auto config = shown.at("config").as_object();
    EXPECT_EQ(config.at("introspection.token.claim"), "true") << "added on read";
    EXPECT_FALSE(config.contains("empty"));
    EXPECT_FALSE(shown.at("consentRequired").as_bool());
    const auto client = stored(kMux);
    for (const auto& mapper : client.at("protocolMappers").as_array()) {
        if (mapper.at("name") == "extra") {
            EXPECT_FALSE(mapper.at("config").as_object().contains("introspection.token.claim"));
        }
    }
    const auto same_name = raw("POST", models(), kMapper);
    EXPECT_EQ(same_name.status, 409);
    EXPECT_TRUE(json_of(same_name).as_object().contains("errorMessage"));
    EXPECT_EQ(status("DELETE", models() + "/" + id), 204);
    const auto gone = raw("GET", models() + "/" + id);
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(json_of(gone), (json::value{{"error", "Model not found"}}));
}

TEST_F(KeycloakRules, AMappersPutReplacesItsConfigAndKeepsItsName) {
    create();
    const auto made = raw("POST", models(), kMapper);
    const auto id = location(made).substr(location(made).rfind('/') + 1);
    const json::object changed{
        {"id", id},
        {"name", "renamed"},
        {"protocol", "openid-connect"},
        {"protocolMapper", "oidc-audience-mapper"},
        {"config", json::object{{"included.custom.audience", "other"}}}};
    EXPECT_EQ(status("PUT", models() + "/" + id, json::serialize(changed)), 204);
    const auto shown = json_of(raw("GET", models() + "/" + id)).as_object();
    EXPECT_EQ(shown.at("name"), "extra");
    EXPECT_EQ(shown.at("config").at("included.custom.audience"), "other");
    EXPECT_FALSE(shown.at("config").as_object().contains("access.token.claim"));
    auto nameless = changed;
    nameless.erase("id");
    EXPECT_EQ(status("PUT", models() + "/" + id, json::serialize(nameless)), 500);
}

TEST_F(KeycloakRules, AMapperOfAnUnknownProviderIsRefusedByModelsAlone) {
    create();
    const std::string odd =
        R"({"name":"odd","protocol":"openid-connect","protocolMapper":"none","config":{}})";
    EXPECT_EQ(status("POST", models(), odd), 404);
    EXPECT_EQ(
        status(
            "POST",
            models(),
            R"({"protocol":"openid-connect","protocolMapper":"oidc-sub-mapper"})"),
        409);
}

TEST_F(KeycloakRules, WhatItDoesNotUnderstandIsRefused) {
    create();
    const auto unknown = raw("POST", "/clients", R"({"clientId":"x","nonsense":1})");
    EXPECT_EQ(unknown.status, 400);
    EXPECT_THAT(unknown.body, HasSubstr("Unrecognized field"));
    EXPECT_EQ(change(R"({"nonsense":1})").status, 400);
    const auto broken = raw("POST", "/clients", "{");
    EXPECT_EQ(broken.status, 400);
    EXPECT_EQ(json_of(broken).at("error_description"), "Cannot parse the JSON");
    EXPECT_EQ(change("null").status, 500);
    EXPECT_EQ(status("DELETE", "/clients"), 405);
    EXPECT_EQ(status("GET", "/nowhere"), 404);
    const auto missing = raw("GET", "/clients/none");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(json_of(missing), (json::value{{"error", "Could not find client"}}));
    EXPECT_EQ(status("PUT", "/clients/none", "{}"), 404);
}

}  // namespace
}  // namespace wavegate::testing
