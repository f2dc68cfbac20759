#pragma once

#include "operator/backends/keycloak/client.hpp"
#include "operator/formats/jwt.hpp"
#include "reconcilers/clients/write.hpp"
#include "tests/contract/keycloak/backend.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/permits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace wavegate::testing {

inline constexpr const char* kOwnSecret = "the-operator's-secret%&=+";
inline constexpr const char* kMux = "mcp-multiplexer";

inline ClientEdit mux_client() {
    ClientEdit edit;
    edit.create = true;
    edit.client_id = kMux;
    edit.owner = "homelab";
    edit.audiences = {"agent-services"};
    edit.token_lifespan = std::chrono::minutes(5);
    return edit;
}

/// The client with the one role that an operator needs, `manage-clients`, and a person beside it
/// who asks the admin API by curl with the same role.
class KeycloakSuite : public ::testing::Test {
  protected:
    void SetUp() override {
        backend_ = open_keycloak();
        if (!backend_) {
            GTEST_SKIP() << "skipped: keycloak not installable here";
        }
        credentials_.set("env:KC_SECRET", kOwnSecret);
        backend_->add_operator("operator", kOwnSecret, {sandbox::AdminRole::ManageClients});
        client_ = connect("operator");
    }

    std::unique_ptr<keycloak::Client> connect(const std::string& client_id) {
        KeycloakSpec spec;
        spec.url = backend_->url();
        spec.realm = backend_->realm();
        spec.client_id = client_id;
        spec.client_secret = Reference{"env:KC_SECRET", {}};
        return std::make_unique<keycloak::Client>(
            backend_->transport(), credentials_, backend_->driver().clock(), std::move(spec));
    }
    std::unique_ptr<keycloak::Client> as(
        const std::string& client_id,
        std::set<sandbox::AdminRole> roles) {
        backend_->add_operator(client_id, kOwnSecret, std::move(roles));
        return connect(client_id);
    }

    Result<std::optional<ClientView>> see(const std::string& client_id = kMux) {
        return backend_->driver().run(client_->client(client_id));
    }
    Result<std::optional<ClientView>> see(keycloak::Client& by, const std::string& client_id) {
        return backend_->driver().run(by.client(client_id));
    }
    Result<Receipt> apply(ClientEdit edit) { return apply(*client_, std::move(edit)); }
    Result<Receipt> apply(keycloak::Client& by, ClientEdit edit) {
        return send(by, body_of(std::move(edit)));
    }
    Result<Receipt> send(keycloak::Client& by, Write write) {
        return backend_->driver().run(by.apply(permit(std::move(write))));
    }
    /// What is sent of an edit as the client stands there now.
    Write body_of(ClientEdit edit) {
        Live live;
        if (!edit.create) {
            auto seen = see(edit.client_id);
            live.client = seen && *seen ? **seen : ClientView();
        }
        Edit whole;
        whole.body = std::move(edit);
        return clients::write_of(whole, live).value();
    }
    Result<Token> mint(const std::string& client_id, const std::string& secret) {
        return backend_->driver().run(client_->mint(client_id, make_secret(std::string(secret))));
    }

    /// A client of ours that is as it should be.
    void create() {
        const auto made = apply(mux_client());
        ASSERT_TRUE(made) << made.error().message();
    }
    ClientEdit update(bool mapper_only = false) {
        auto edit = mux_client();
        edit.create = false;
        edit.uuid = id_of(kMux);
        edit.mapper_only = mapper_only;
        return edit;
    }

    /// As curl would, with a fresh token of `by`; `path` below the realm's admin API.
    HttpResponse raw(
        const std::string& method,
        const std::string& path,
        const std::string& body = {},
        const std::string& by = "operator") {
        HttpRequest request(method, backend_->url() + "/admin/realms/" + backend_->realm() + path);
        request.headers.add("Authorization", bearer(by));
        if (!body.empty()) {
            request.headers.add("Content-Type", "application/json");
        }
        request.body = body;
        return backend_->driver().ask(backend_->transport(), std::move(request));
    }
    std::string bearer(const std::string& by) {
        const auto token = mint(by, kOwnSecret);
        return token->value->reveal(
            [](std::string_view text) { return "Bearer " + std::string(text); });
    }
    HttpResponse token_request(const std::string& form, const std::string& basic = {}) {
        HttpRequest request("POST", realm_url() + "/protocol/openid-connect/token");
        request.headers.add("Content-Type", "application/x-www-form-urlencoded");
        if (!basic.empty()) {
            request.headers.add("Authorization", "Basic " + basic);
        }
        request.body = form;
        return backend_->driver().ask(backend_->transport(), std::move(request));
    }
    std::string realm_url() const { return backend_->url() + "/realms/" + backend_->realm(); }

    static boost::json::value json_of(const HttpResponse& response) {
        boost::system::error_code failed;
        auto value = boost::json::parse(response.body, failed);
        return failed ? boost::json::value() : value;
    }

    // What is stored, its lists in order, and another's hand on it.
    boost::json::value stored(const std::string& client_id) {
        auto client = json_of(raw("GET", "/clients?clientId=" + client_id)).as_array().at(0);
        for (const auto* list : {"defaultClientScopes", "optionalClientScopes"}) {
            auto& scopes = client.as_object()[list].as_array();
            std::sort(scopes.begin(), scopes.end(), [](const auto& a, const auto& b) {
                return a.as_string() < b.as_string();
            });
        }
        return client;
    }
    std::string id_of(const std::string& client_id) { return text(stored(client_id), "id"); }
    std::string secret_of(const std::string& client_id) {
        return text(
            json_of(raw("GET", "/clients/" + id_of(client_id) + "/client-secret")), "value");
    }
    void put(const std::string& client_id, const boost::json::object& fields) {
        const auto answer =
            raw("PUT", "/clients/" + id_of(client_id), boost::json::serialize(fields));
        ASSERT_EQ(answer.status, 204);
    }
    void add(const boost::json::object& fields) {
        ASSERT_EQ(raw("POST", "/clients", boost::json::serialize(fields)).status, 201);
    }
    void remove_mapper() {
        const auto id = id_of(kMux);
        const auto models = "/clients/" + id + "/protocol-mappers/models";
        const auto mapper = json_of(raw("GET", models)).as_array().at(0);
        ASSERT_EQ(raw("DELETE", models + "/" + text(mapper, "id")).status, 204);
    }
    std::string regenerate(const std::string& client_id) {
        return text(
            json_of(raw("POST", "/clients/" + id_of(client_id) + "/client-secret")), "value");
    }
    static std::string text(const boost::json::value& object, const char* key) {
        const auto* value = object.is_object() ? object.get_object().if_contains(key) : nullptr;
        return value != nullptr && value->is_string()
                   ? std::string(std::string_view(value->get_string()))
                   : std::string();
    }

    Result<std::string> jwks() {
        return backend_->driver().run(
            client_->jwks(realm_url() + "/protocol/openid-connect/certs"));
    }
    /// Claims of a token that our client mints; its signature is checked.
    boost::json::object own_claims() {
        const auto token = mint(kMux, secret_of(kMux));
        EXPECT_TRUE(token) << token.error().message();
        const auto keys = jwks();
        const auto jwt = token->value->reveal(
            [&](std::string_view value) { return formats::verify_jwt(value, *keys); });
        EXPECT_TRUE(jwt) << jwt.error().message();
        return jwt->claims;
    }

    std::unique_ptr<KeycloakBackend> backend_;
    FixedCredentials credentials_;
    std::unique_ptr<keycloak::Client> client_;
};

}  // namespace wavegate::testing
