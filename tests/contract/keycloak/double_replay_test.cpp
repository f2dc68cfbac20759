#include "operator/formats/jwt.hpp"
#include "tests/contract/keycloak/bench.hpp"
#include "tests/support/recorded.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <regex>

namespace wavegate {
namespace {

namespace json = boost::json;
using sandbox::Keycloak;
using testing::Recorded;

constexpr const char* kFirstId = "00000000-0000-4000-8000-000000000001";
constexpr const char* kSecondId = "00000000-0000-4000-8000-000000000002";

// Placeholders of secrets ("<secret-1>") are as good as any secret and stay as they are.
json::object recorded_body(const std::string& name) {
    for (const auto& exchange : testing::recorded_exchanges(kRecorded)) {
        if (exchange.name == name) {
            return exchange.request_body.as_object();
        }
    }
    throw std::runtime_error("no such recording: " + name);
}

void search(Keycloak& site) {
    auto body = recorded_body("client-create");
    body["id"] = kFirstId;
    site.add_client(body);
}

void search_without_service_account(Keycloak& site) {
    search(site);
    site.change_client("mcp-search", {{"serviceAccountsEnabled", false}});
}

void disabled_search(Keycloak& site) {
    search(site);
    site.change_client("mcp-search", {{"enabled", false}});
}

void mini(Keycloak& site, bool is_public) {
    site.add_client(
        {{"clientId", "mini"}, {"publicClient", is_public}, {"secret", "<mini-secret>"}});
}

void search_with_new_secret(Keycloak& site) {
    search(site);
    site.change_client("mcp-search", {{"secret", "<new-secret>"}});
}

void rotated_search(Keycloak& site) {
    search(site);
    site.change_client("mcp-search", {{"secret", "<old-secret>"}});
    site.set_rotation_policy(sandbox::RotationPolicy());
    site.regenerate_secret("mcp-search");
}

void search_older_than_the_policy(Keycloak& site) {
    search(site);
    site.set_rotation_policy(sandbox::RotationPolicy());
}

void search_with_mapper(Keycloak& site) {
    search(site);
    auto mapper = recorded_body("mapper-create-audience");
    mapper["id"] = kSecondId;
    site.add_mapper("mcp-search", mapper);
}

using Situation = std::function<void(Keycloak&)>;

const std::map<std::string, Situation>& situations() {
    static const std::map<std::string, Situation> kAll{
        {"admin-no-token", search},
        {"admin-token-without-roles-403", search},
        {"client-create", [](Keycloak&) {}},
        {"client-create-duplicate-409", search},
        {"client-delete", search},
        {"client-get", search},
        {"client-get-404", [](Keycloak&) {}},
        {"client-put-clientid-taken-409",
         [](Keycloak& site) {
             search(site);
             mini(site, false);
         }},
        {"client-put-malformed-json", search},
        {"client-put-minimal", search},
        {"client-put-no-attributes-under-policy-500", search_older_than_the_policy},
        {"client-put-null-body", search},
        {"client-put-unknown-field", search},
        {"client-secret-get", search_with_new_secret},
        {"client-secret-regenerate", search},
        {"client-secret-rotated-get", rotated_search},
        {"client-secret-rotated-none", search},
        {"clients-find-none", [](Keycloak&) {}},
        {"jwks", [](Keycloak&) {}},
        {"mapper-create-audience", search},
        {"mapper-create-duplicate-409", search_with_mapper},
        {"mapper-create-unknown-provider", search},
        {"mapper-get", search_with_mapper},
        {"mapper-put-without-id", search_with_mapper},
        {"service-account-user", search},
        {"service-account-user-disabled-400", search_without_service_account},
        {"token-client-credentials", search},
        {"token-disabled-client", disabled_search},
        {"token-invalid-scope", search},
        {"token-no-client-id", search},
        {"token-no-grant-type", search},
        {"token-public-client", [](Keycloak& site) { mini(site, true); }},
        {"token-service-accounts-off", [](Keycloak& site) { mini(site, false); }},
        {"token-unknown-client", [](Keycloak&) {}},
        {"token-unknown-realm", [](Keycloak&) {}},
        {"token-wrong-secret", search},
    };
    return kAll;
}

const std::map<std::string, std::string>& not_replayed() {
    static const std::map<std::string, std::string> kAll{
        {"introspect-active", "tokens are verified against the JWKS, nobody introspects"},
        {"token-admin-cli-password",
         "the operator is a service account, passwords are not emulated"},
        {"token-bad-password", "the operator is a service account, passwords are not emulated"},
    };
    return kAll;
}

std::string form_text(const json::object& fields) {
    std::string text;
    for (const auto& field : fields) {
        text += text.empty() ? "" : "&";
        text += percent_encode(field.key()) + "=" +
                percent_encode(std::string_view(field.value().as_string()));
    }
    return text;
}

HttpRequest request_of(const Recorded& exchange, const std::string& token) {
    auto request = exchange.request(kBase, token);
    const auto type = exchange.request_headers.get("Content-Type").value_or("");
    if (type == "application/x-www-form-urlencoded") {
        request.body = form_text(exchange.request_body.as_object());
    }
    return request;
}

/// Ids, tokens, generated secrets, times and parser positions differ from run to run.
std::string normal_text(std::string text) {
    static const std::vector<std::pair<std::regex, std::string>> kRules{
        {std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"},
        {std::regex("eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+"), "<jwt>"},
        {std::regex("\"[0-9A-Za-z]{86}\""), "\"<new-secret>\""},
        {std::regex("\"createdTimestamp\":\\d+"), "\"createdTimestamp\":0"},
        {std::regex("line \\d+ column \\d+"), "line 0 column 0"}};
    for (const auto& [pattern, replacement] : kRules) {
        text = std::regex_replace(text, pattern, replacement);
    }
    return text;
}

json::value normal(const json::value& body) {
    return json::parse(normal_text(json::serialize(body)));
}

/// The double has no certificates, and other keys.
json::value normal_keys(json::value body) {
    for (auto& key : body.at("keys").as_array()) {
        for (const auto* field : {"x5c", "x5t", "x5t#S256", "kid", "n"}) {
            key.as_object().erase(field);
        }
    }
    return body;
}

std::string token_for(KeycloakBench& bench, const std::string& name) {
    const bool powerless = name == "admin-token-without-roles-403";
    if (powerless) {
        bench.add_operator("powerless");
    }
    const auto token = bench.mint(powerless ? "powerless" : "operator", kOperatorSecret);
    return token.value().value->reveal([](std::string_view text) { return std::string(text); });
}

TEST(RecordedKeycloak, TheDoubleAnswersEveryRecordedRequestAsTheServerDid) {
    std::size_t replayed = 0;
    std::size_t listed = 0;
    for (const auto& exchange : testing::recorded_exchanges(kRecorded)) {
        SCOPED_TRACE(exchange.name);
        if (not_replayed().contains(exchange.name)) {
            ++listed;
            continue;
        }
        ASSERT_TRUE(situations().contains(exchange.name));
        KeycloakBench bench;
        situations().at(exchange.name)(bench.site);
        const auto request = request_of(exchange, token_for(bench, exchange.name));
        const auto answer = bench.sim.run(bench.site.answer(request));
        EXPECT_EQ(answer.status, exchange.status);
        auto expected = exchange.response_body;
        auto given = testing::body_value(answer.body);
        if (exchange.name == "jwks") {
            expected = normal_keys(expected);
            given = normal_keys(given);
        }
        EXPECT_EQ(normal(given), normal(expected));
        for (const auto& [header, value] : exchange.response_headers.fields()) {
            const auto sent = answer.headers.get(header).value_or("absent");
            EXPECT_EQ(normal_text(std::string(sent)), normal_text(value)) << header;
        }
        ++replayed;
    }
    std::cout << "double: " << replayed << " replayed, " << listed << " listed\n";
    EXPECT_EQ(replayed, 36U);
    EXPECT_EQ(listed, not_replayed().size());
}

json::object recorded_claims() {
    std::ifstream file(kRecorded + "/token-decoded-mcp-search.json");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return json::parse(text).at("decoded").at("payload").as_object();
}

TEST(RecordedKeycloak, TheDoublesTokensCarryTheRecordedClaims) {
    KeycloakBench bench;
    search(bench.site);
    auto mapper = recorded_body("mapper-create-audience");
    bench.site.remove_mapper("mcp-search", "aud-gateway");
    bench.site.add_mapper("mcp-search", mapper);
    const auto token = bench.mint("mcp-search", "<secret-1>");
    ASSERT_TRUE(token);
    const auto jwt = token->value->reveal(
        [&](std::string_view text) { return formats::verify_jwt(text, bench.site.jwks()); });
    ASSERT_TRUE(jwt);
    auto expected = recorded_claims();
    // Hard-coded claims are not emulated.
    expected.erase("fleet");
    auto given = jwt->claims;
    EXPECT_EQ(given.at("exp").as_int64() - given.at("iat").as_int64(), 300);
    for (const auto* time : {"exp", "iat"}) {
        given[time] = expected.at(time);
    }
    EXPECT_EQ(normal(given), normal(expected));
}

}  // namespace
}  // namespace wavegate
