#include "operator/backends/keycloak/client.hpp"
#include "operator/backends/keycloak/wire.hpp"
#include "tests/contract/keycloak/bench.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/tape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <map>
#include <optional>

namespace wavegate {
namespace {

using testing::Recorded;
using testing::Tape;

constexpr const char* kId = "00000000-0000-4000-8000-000000000001";

/// What became of one recorded answer, and which request it was the answer to.
struct Outcome {
    std::optional<ErrorKind> error;
    Effect effect = Effect::None;
    std::string message;
    HttpRequest request;
};

/// A client that hears prepared answers; the first is its own token.
struct TapedClient {
    TapedClient() {
        credentials.set("env:KC_SECRET", kOperatorSecret);
        play_token();
    }
    void play_token() {
        tape.play(HttpResponse(
            200, R"({"access_token":"t0ken","expires_in":300,"token_type":"Bearer"})"));
    }
    template <class T>
    Outcome outcome(Result<T> result, std::size_t request) const {
        Outcome out;
        if (!result) {
            out.error = result.error().kind();
            out.effect = result.error().effect();
            out.message = result.error().message();
        }
        out.request = tape.asked().at(request);
        return out;
    }

    testing::Simulation sim;
    Tape tape;
    testing::FixedCredentials credentials;
    keycloak::Client client{
        tape,
        credentials,
        sim.clock,
        {kBase, "fleet", "operator", {"env:KC_SECRET", {}}}};
};

ClientEdit update_of_search(bool mapper_only) {
    auto edit = wanted_client();
    edit.create = false;
    edit.uuid = kId;
    edit.client_id = "mcp-search";
    edit.mapper_only = mapper_only;
    if (!mapper_only) {
        edit.audiences.clear();
    }
    return edit;
}

Recorded named(const std::string& name) {
    for (auto& exchange : testing::recorded_exchanges(kRecorded)) {
        if (exchange.name == name) {
            return exchange;
        }
    }
    throw std::runtime_error("no such recording: " + name);
}

/// The recorded client bears the mark of whoever recorded it: with ours beside it.
Recorded marked(Recorded exchange) {
    auto* client = exchange.response_body.if_object();
    if (client != nullptr && client->contains("attributes")) {
        client->at("attributes").as_object()["wavegate.owner"] = "homelab";
    }
    return exchange;
}

/// A permit for an edit of what was read again as this.
Permit sign(ClientEdit edit, const Recorded& stored) {
    Live live;
    live.client = keycloak::parse_client(stored.response().body).value();
    return client_permit(std::move(edit), std::move(live));
}

// The ways in which the operator makes the recorded calls.
Outcome finds(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(exchange.response());
    return taped.outcome(taped.sim.run(taped.client.client("mcp-search")), 1);
}

Outcome is_refused_twice(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(exchange.response());
    taped.play_token();
    taped.tape.play(exchange.response());
    return taped.outcome(taped.sim.run(taped.client.client("mcp-search")), 3);
}

Outcome creates(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(exchange.response());
    return taped.outcome(taped.sim.run(taped.client.apply(client_permit(wanted_client()))), 1);
}

Outcome rereads(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(marked(exchange).response());
    taped.tape.play(HttpResponse(204));
    auto leave = sign(update_of_search(false), marked(named("client-get")));
    return taped.outcome(taped.sim.run(taped.client.apply(std::move(leave))), 1);
}

Outcome puts(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(marked(named("client-get")).response());
    taped.tape.play(exchange.response());
    auto leave = sign(update_of_search(false), marked(named("client-get")));
    return taped.outcome(taped.sim.run(taped.client.apply(std::move(leave))), 2);
}

Outcome adds_a_mapper(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(marked(named("client-get")).response());
    taped.tape.play(exchange.response());
    auto leave = sign(update_of_search(true), marked(named("client-get")));
    return taped.outcome(taped.sim.run(taped.client.apply(std::move(leave))), 2);
}

Outcome mends_a_mapper(const Recorded& exchange) {
    TapedClient taped;
    auto stored = marked(named("client-get"));
    auto& mapper = stored.response_body.at("protocolMappers").at(0).as_object();
    mapper["id"] = "00000000-0000-4000-8000-000000000002";
    mapper["name"] = "wavegate-aud-agent-services";
    taped.tape.play(stored.response());
    taped.tape.play(exchange.response());
    auto leave = sign(update_of_search(true), stored);
    return taped.outcome(taped.sim.run(taped.client.apply(std::move(leave))), 2);
}

Outcome mints(const Recorded& exchange) {
    testing::Simulation sim;
    Tape tape;
    testing::FixedCredentials credentials;
    const bool other_realm = exchange.path.starts_with("/realms/nope/");
    keycloak::Client client(
        tape, credentials, sim.clock, {kBase, other_realm ? "nope" : "fleet", "operator", {}});
    tape.play(exchange.response());
    const auto result = sim.run(client.mint("mcp-search", make_secret("<secret-1>")));
    Outcome out;
    if (!result) {
        out.error = result.error().kind();
        out.message = result.error().message();
    }
    out.request = tape.asked().at(0);
    return out;
}

Outcome fetches_keys(const Recorded& exchange) {
    TapedClient taped;
    Tape tape;
    keycloak::Client client(tape, taped.credentials, taped.sim.clock, {});
    tape.play(exchange.response());
    const auto result = taped.sim.run(client.jwks(kBase + exchange.path));
    Outcome out;
    EXPECT_TRUE(result);
    out.request = tape.asked().at(0);
    return out;
}

struct Case {
    std::function<Outcome(const Recorded&)> call;
    std::optional<ErrorKind> error;
    Effect effect = Effect::None;
    std::string says = {};
};

const std::map<std::string, Case>& cases() {
    using K = ErrorKind;
    static const std::map<std::string, Case> kAll{
        {"admin-no-token", {is_refused_twice, K::Denied}},
        {"admin-token-without-roles-403", {finds, K::Denied, Effect::None, "lacks a role"}},
        {"client-create", {creates, {}}},
        {"client-create-duplicate-409", {creates, K::Conflict}},
        {"client-get", {rereads, {}}},
        {"client-get-404", {rereads, K::NotFound}},
        {"client-put-clientid-taken-409", {puts, K::Conflict}},
        {"client-put-malformed-json", {puts, K::Invalid}},
        {"client-put-minimal", {puts, {}}},
        {"client-put-no-attributes-under-policy-500", {puts, K::Unavailable, Effect::Maybe}},
        {"client-put-null-body", {puts, K::Unavailable, Effect::Maybe}},
        {"client-put-unknown-field", {puts, K::Invalid}},
        {"clients-find-none", {finds, {}}},
        {"jwks", {fetches_keys, {}}},
        {"mapper-create-audience", {adds_a_mapper, {}}},
        {"mapper-create-duplicate-409", {adds_a_mapper, K::Conflict}},
        {"mapper-create-unknown-provider", {adds_a_mapper, K::NotFound}},
        {"mapper-put-without-id", {mends_a_mapper, K::Unavailable, Effect::Maybe}},
        {"token-client-credentials", {mints, {}}},
        {"token-disabled-client", {mints, K::Denied, Effect::None, "unknown or disabled"}},
        {"token-invalid-scope", {mints, K::Invalid}},
        {"token-no-client-id", {mints, K::Denied, Effect::None, "unknown or disabled"}},
        {"token-no-grant-type", {mints, K::Invalid}},
        {"token-public-client", {mints, K::Denied, Effect::None, "is public"}},
        {"token-service-accounts-off",
         {mints, K::Denied, Effect::None, "service accounts are off"}},
        {"token-unknown-client", {mints, K::Denied, Effect::None, "unknown or disabled"}},
        {"token-unknown-realm", {mints, K::NotFound}},
        {"token-wrong-secret", {mints, K::Denied, Effect::None, "secret is refused"}},
    };
    return kAll;
}

const std::map<std::string, std::string>& not_asked() {
    static const std::string kUnused = "the operator makes no such call";
    static const std::map<std::string, std::string> kAll{
        {"client-delete", "clients are never deleted"},
        {"client-secret-get", "the secret comes with the client"},
        {"client-secret-regenerate", kUnused},
        {"client-secret-rotated-get", kUnused},
        {"client-secret-rotated-none", kUnused},
        {"introspect-active", "tokens are verified against the JWKS"},
        {"mapper-get", "the mappers come with the client"},
        {"service-account-user", kUnused},
        {"service-account-user-disabled-400", kUnused},
        {"token-admin-cli-password", "the operator is a service account"},
        {"token-bad-password", "the operator is a service account"},
    };
    return kAll;
}

TEST(RecordedKeycloakClient, TakesEveryRecordedAnswerOfTheCallsItMakes) {
    std::size_t replayed = 0;
    std::size_t listed = 0;
    for (const auto& exchange : testing::recorded_exchanges(kRecorded)) {
        SCOPED_TRACE(exchange.name);
        if (not_asked().contains(exchange.name)) {
            ++listed;
            continue;
        }
        ASSERT_TRUE(cases().contains(exchange.name));
        const auto& expected = cases().at(exchange.name);
        const auto outcome = expected.call(exchange);
        EXPECT_EQ(outcome.error, expected.error) << outcome.message;
        EXPECT_EQ(outcome.effect, expected.effect);
        EXPECT_THAT(outcome.message, ::testing::HasSubstr(expected.says));
        EXPECT_EQ(outcome.request.method, exchange.method);
        // The operator asks the list for one clientId, always.
        const auto asked = outcome.request.url.substr(0, std::string(kBase + exchange.path).size());
        EXPECT_EQ(asked, kBase + exchange.path);
        ++replayed;
    }
    std::cout << "client: " << replayed << " replayed, " << listed << " listed\n";
    EXPECT_EQ(replayed, 28U);
    EXPECT_EQ(listed, not_asked().size());
}

TEST(RecordedKeycloakClient, ReadsTheRecordedClient) {
    TapedClient taped;
    auto exchange = named("client-get");
    const auto body = "[" + exchange.response().body + "]";
    taped.tape.play(HttpResponse(200, body));
    const auto seen = taped.sim.run(taped.client.client("mcp-search"));
    ASSERT_TRUE(seen && *seen);
    const auto& client = **seen;
    EXPECT_EQ(client.id, kId);
    EXPECT_TRUE(client.enabled && client.service_accounts);
    EXPECT_FALSE(
        client.public_client || client.standard_flow || client.direct_access || client.full_scope);
    EXPECT_EQ(client.attributes.at("access.token.lifespan"), "300");
    ASSERT_EQ(client.mappers.size(), 1U);
    EXPECT_EQ(client.mappers.front().config.at("included.custom.audience"), "https://gw.example");
    EXPECT_EQ(*client.secret, Secret::copy_of("<secret-1>"));
}

}  // namespace
}  // namespace wavegate
