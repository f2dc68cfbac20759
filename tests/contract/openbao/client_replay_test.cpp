#include "tests/contract/openbao/bench.hpp"
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

Recorded named(const std::string& name) {
    for (auto& exchange : testing::recorded_exchanges(kRecorded)) {
        if (exchange.name == name) {
            return exchange;
        }
    }
    throw std::runtime_error("no such recording: " + name);
}

/// What became of one recorded answer, and which request it was the answer to.
struct Outcome {
    std::optional<ErrorKind> error;
    Effect effect = Effect::None;
    std::string message;
    HttpRequest request;
};

/// As the Fleet names it; empty: the recorded call named none.
std::string namespace_of(const Recorded& exchange) {
    return std::string(exchange.request_headers.get("X-Vault-Namespace").value_or(""));
}

OpenBaoSpec spec_in(std::string name_space) {
    auto spec = bao_spec();
    spec.name_space = std::move(name_space);
    return spec;
}

struct TapedClient {
    explicit TapedClient(std::string name_space = {})
        : client(tape, credentials, sim.clock, spec_in(std::move(name_space))) {
        credentials.set("file:/bao", kToken);
    }
    void play(const std::string& name) { tape.play(named(name).response()); }

    template <class T>
    Outcome outcome(const Result<T>& result, std::size_t request) const {
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
    openbao::Client client;
};

/// The path below the mount that the recorded request is about.
std::string key_of(const Recorded& exchange) {
    const auto kind = exchange.path.find('/', std::string("/v1/kv/").size());
    const auto end = exchange.path.find('?');
    return exchange.path.substr(kind + 1, end == std::string::npos ? end : end - kind - 1);
}

Permit write_of(const Recorded& exchange, bool mark_first) {
    SecretEdit edit = wanted_entry();
    edit.path = key_of(exchange);
    edit.mark_first = mark_first;
    return entry_permit(std::move(edit));
}

// The ways in which the operator makes the recorded calls.
Outcome asks_the_mount(const Recorded& exchange) {
    TapedClient taped;
    taped.tape.play(exchange.response());
    taped.play("kv2-read-missing-404");
    auto spec = spec_in(namespace_of(exchange));
    spec.mount = exchange.path.ends_with("nomount") ? "nomount" : "kv";
    openbao::Client client(taped.tape, taped.credentials, taped.sim.clock, std::move(spec));
    return taped.outcome(taped.sim.run(client.read("fleet/mcp-search")), 0);
}

Outcome reads_metadata(const Recorded& exchange) {
    TapedClient taped;
    taped.play("internal-ui-mount-v2");
    taped.tape.play(exchange.response());
    taped.play("kv2-read");
    return taped.outcome(taped.sim.run(taped.client.read(key_of(exchange))), 1);
}

Outcome reads_data(const Recorded& exchange) {
    TapedClient taped(namespace_of(exchange));
    taped.play("internal-ui-mount-v2");
    taped.play("kv2-metadata-read");
    taped.tape.play(exchange.response());
    return taped.outcome(taped.sim.run(taped.client.read(key_of(exchange))), 2);
}

Outcome marks(const Recorded& exchange) {
    TapedClient taped;
    taped.play("internal-ui-mount-v2");
    taped.tape.play(exchange.response());
    taped.play("kv2-write-cas0");
    return taped.outcome(taped.sim.run(taped.client.apply(write_of(exchange, true))), 1);
}

Outcome writes(const Recorded& exchange) {
    TapedClient taped;
    taped.play("internal-ui-mount-v2");
    taped.tape.play(exchange.response());
    return taped.outcome(taped.sim.run(taped.client.apply(write_of(exchange, false))), 1);
}

Task<SecretValue> recorded_jwt() {
    co_return make_secret("<jwt>");
}

Outcome logs_in(const Recorded& exchange) {
    TapedClient taped;
    taped.credentials.set("env:ROLE", "00000000-0000-4000-8000-000000000001");
    taped.credentials.set("env:SECRET", "<secret-id>");
    auto spec = bao_spec();
    spec.token = Reference();
    if (exchange.path.find("approle") != std::string::npos) {
        spec.app_role =
            AppRoleLogin{"approle", Reference{"env:ROLE", {}}, Reference{"env:SECRET", {}}};
    } else {
        spec.jwt_login = JwtLogin{"jwt", "operator", "operator", {}};
    }
    openbao::Client client(taped.tape, taped.credentials, taped.sim.clock, spec, recorded_jwt);
    taped.tape.play(exchange.response());
    taped.play("internal-ui-mount-v2");
    taped.play("kv2-read-missing-404");
    return taped.outcome(taped.sim.run(client.read("fleet/mcp-search")), 0);
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
        {"approle-login", {logs_in, {}}},
        {"approle-login-bad-400", {logs_in, K::Denied, Effect::None, "don't belong together"}},
        {"jwt-login", {logs_in, {}}},
        {"jwt-login-issuer-mismatch-400", {logs_in, K::Denied, Effect::None, "issuer"}},
        {"jwt-login-wrong-audience-400", {logs_in, K::Denied, Effect::None, "audience"}},
        {"acl-denied-403", {reads_data, K::Denied, Effect::None, "policy"}},
        {"bad-token-403", {reads_data, K::Denied, Effect::None, "token is missing"}},
        {"internal-ui-mount-403", {asks_the_mount, K::Denied}},
        {"internal-ui-mount-v2", {asks_the_mount, {}}},
        {"kv2-metadata-cas-mismatch-400", {marks, K::Conflict}},
        {"kv2-metadata-create-cas0", {marks, {}}},
        {"kv2-metadata-read", {reads_metadata, {}}},
        {"kv2-metadata-read-before-data", {reads_metadata, {}}},
        {"kv2-read", {reads_data, {}}},
        {"kv2-read-missing-404", {reads_data, K::Conflict, Effect::None, "went away"}},
        {"kv2-read-soft-deleted-404", {reads_data, {}}},
        {"kv2-write-cas-mismatch-400", {writes, K::Conflict}},
        {"kv2-write-cas-required-400", {writes, K::Conflict}},
        {"kv2-write-cas0", {writes, {}}},
        {"kv2-write-no-data-400", {writes, K::Invalid}},
        {"namespace-foreign-403", {reads_data, K::Denied, Effect::None, "policy"}},
        {"namespace-not-found-404",
         {asks_the_mount, K::NotFound, Effect::None, "namespace not found"}},
        {"rate-limited-429", {reads_data, K::Throttled}},
        {"sealed-503", {reads_data, K::Unavailable, Effect::None, "sealed"}},
        {"standby-write-dead-leader-307", {writes, K::Unavailable, Effect::None, "standby"}},
    };
    return kAll;
}

const std::map<std::string, std::string>& not_asked() {
    static const std::string kUnused = "the operator makes no such call";
    static const std::string kHealth = "a sealed or standby server shows in the calls themselves";
    static const std::string kV1 = "a v1 mount is refused before its first use";
    static const std::map<std::string, std::string> kAll{
        {"health-active", kHealth},
        {"health-sealed-503", kHealth},
        {"health-standby-429", kHealth},
        {"health-uninitialised-501", kHealth},
        {"kv1-patch-405", kV1},
        {"kv1-read", kV1},
        {"kv1-write-204", kV1},
        {"kv2-list", "the paths are declared"},
        {"kv2-list-detailed", "the paths are declared, and values are compared too"},
        {"kv2-patch", "data is written whole"},
        {"kv2-patch-missing-404", "data is written whole"},
        {"kv2-path-without-data-404", kUnused},
        {"kv2-read-destroyed-404", "only the newest version is read"},
        {"namespace-health-400", kHealth},
        {"namespace-token-lookup-self", kUnused},
        {"no-mount-404", kUnused},
        {"seal-status-sealed-progress", kHealth},
        {"token-lookup-self", kUnused},
        {"token-renew-self", "a renewal's answer is read as a login's"},
    };
    return kAll;
}

TEST(RecordedOpenBaoClient, TakesEveryRecordedAnswerOfTheCallsItMakes) {
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
        EXPECT_EQ(outcome.request.url, kBase + exchange.path);
        EXPECT_EQ(
            outcome.request.headers.get("X-Vault-Namespace"),
            exchange.request_headers.get("X-Vault-Namespace"));
        const bool login = exchange.path.ends_with("/login");
        ASSERT_EQ(outcome.request.secret_headers.size(), login ? 0U : 1U);
        if (!login) {
            EXPECT_EQ(outcome.request.secret_headers.at(0).first, "X-Vault-Token");
        }
        ++replayed;
    }
    std::cout << "client: " << replayed << " replayed, " << listed << " listed\n";
    EXPECT_EQ(replayed, 25U);
    EXPECT_EQ(listed, not_asked().size());
}

TEST(OpenBaoClient, SendsWhatOthersKeepThereBackByteForByte) {
    const std::string others =
        R"("big":18446744073709551617,"flag":true,"list":[1, {"a":"}"}],"num":1.0,"text":"a\u0001")";
    TapedClient taped;
    taped.play("internal-ui-mount-v2");
    taped.play("kv2-metadata-read");
    taped.tape.play(HttpResponse(
        200,
        R"({"data":{"data":{"OIDC_CLIENT_SECRET":"old",)" + others +
            R"(},"metadata":{"version":3}}})"));
    taped.tape.play(HttpResponse(200, R"({"data":{"version":4}})"));
    const auto before = taped.sim.run(taped.client.read(kPath));
    ASSERT_TRUE(before && *before) << before.error().message();
    SecretEdit edit = wanted_entry();
    edit.mark_first = false;
    edit.cas = 3;
    edit.data = (*before)->data;
    edit.data["OIDC_CLIENT_SECRET"] = make_secret("new");
    const auto done = taped.sim.run(taped.client.apply(entry_permit(std::move(edit), *before)));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(
        taped.tape.asked().back().body,
        R"({"data":{"OIDC_CLIENT_SECRET":"new",)" + others + R"(},"options":{"cas":3}})");
}

TEST(RecordedOpenBaoClient, ReadsTheRecordedEntry) {
    TapedClient taped;
    taped.play("internal-ui-mount-v2");
    taped.play("kv2-metadata-read");
    taped.play("kv2-read");
    const auto seen = taped.sim.run(taped.client.read("fleet/mcp-search"));
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 2U) << "of the values, not of the metadata read before";
    EXPECT_EQ((*seen)->metadata_version, 1U);
    EXPECT_EQ((*seen)->custom_metadata.at("owner"), "cluster-a/mcp-search");
    EXPECT_EQ((*seen)->data.size(), 4U);
    EXPECT_EQ(*(*seen)->data.at("current"), Secret::copy_of("<secret-1>"));
    EXPECT_FALSE((*seen)->deleted);
}

}  // namespace
}  // namespace wavegate
