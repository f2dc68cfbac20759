#include "tests/contract/openbao/bench.hpp"
#include "tests/support/recorded.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <map>
#include <regex>

namespace wavegate {
namespace {

namespace json = boost::json;
using sandbox::BaoState;

constexpr const char* kSearch = "fleet/mcp-search";
const std::map<std::string, std::string> kMark{{"owner", "cluster-a/mcp-search"}};
const std::map<std::string, std::string> kValues{
    {"client_id", "mcp-search"},
    {"current", "<secret-1>"},
    {"phase", "idle"},
    {"rotation_id", "01J0"}};
const std::map<std::string, std::string> kRotating{
    {"client_id", "mcp-search"},
    {"current", "<secret-1>"},
    {"phase", "rotating"},
    {"rotation_id", "01J0"}};

void marked(OpenBaoBench& bench) {
    bench.site.mark(kSearch, kMark);
}

void written(OpenBaoBench& bench, int times) {
    marked(bench);
    for (int i = 1; i < times; ++i) {
        bench.site.put(kSearch, kValues);
    }
    bench.site.put(kSearch, kRotating);
}

void deleted_fourth(OpenBaoBench& bench) {
    written(bench, 4);
    bench.site.soft_delete(kSearch);
}

void destroyed_second(OpenBaoBench& bench) {
    written(bench, 2);
    bench.site.soft_delete(kSearch);
    bench.raw("POST", "kv/destroy/fleet/mcp-search", R"({"versions":[2]})");
}

void long_history(OpenBaoBench& bench) {
    destroyed_second(bench);
    bench.site.put(kSearch, kValues);
    bench.site.put(kSearch, kValues);
    bench.site.soft_delete(kSearch);
    bench.site.put(kSearch, kValues);
}

void observed_folder(OpenBaoBench& bench) {
    for (const std::string name : {"mcp-mail", "mcp-search"}) {
        bench.site.mark("obs/" + name, {{"owner", "cluster-a/" + name}});
        bench.site.put("obs/" + name, kValues);
    }
    bench.site.soft_delete("obs/mcp-mail");
    bench.site.put("obs/team/deep", kValues);
}

void cas_required(OpenBaoBench& bench) {
    written(bench, 1);
    bench.site.set_cas_required(true);
}

void v1_entry(OpenBaoBench& bench) {
    bench.raw("POST", "kv1/a", R"({"current":"<secret-1>"})");
}

void dead_leader(OpenBaoBench& bench) {
    bench.site.set_state(BaoState::Standby);
    bench.site.set_dead_leader("http://openbao-2.test:8200");
}

void leased_token(OpenBaoBench& bench) {
    sandbox::BaoToken token;
    token.name = "fleet";
    token.ttl = std::chrono::hours(1);
    bench.site.add_token("s.leased", std::move(token));
}

/// ns1 is there, with a token of its own: as long-lived as the one above.
void two_namespaces(OpenBaoBench& bench) {
    bench.site.add_namespace("ns1");
    sandbox::BaoToken token;
    token.name = "fleet";
    token.name_space = "ns1";
    token.ttl = std::chrono::hours(1);
    bench.site.add_token("s.ns1", std::move(token));
}

void app_role(OpenBaoBench& bench) {
    sandbox::BaoAppRole role;
    role.role_id = "00000000-0000-4000-8000-000000000001";
    role.secret_id = "<secret-id>";
    role.token.name = "fleet";
    role.token.ttl = std::chrono::hours(1);
    bench.site.add_app_role(std::move(role));
}

void nothing(OpenBaoBench& /*bench*/) {}

struct Situation {
    std::function<void(OpenBaoBench&)> set_up;
    std::string token = "root";
};

const std::map<std::string, Situation>& situations() {
    const auto state = [](BaoState wanted) {
        return [wanted](OpenBaoBench& bench) { bench.site.set_state(wanted); };
    };
    static const std::map<std::string, Situation> kAll{
        {"acl-denied-403", {nothing, kToken}},
        {"approle-login", {app_role}},
        {"approle-login-bad-400", {app_role}},
        {"bad-token-403", {nothing, "s.nobody"}},
        {"health-active", {nothing}},
        {"health-sealed-503", {state(BaoState::Sealed)}},
        {"health-standby-429", {state(BaoState::Standby)}},
        {"health-uninitialised-501", {state(BaoState::Uninitialised)}},
        {"internal-ui-mount-403", {nothing, kToken}},
        {"internal-ui-mount-v2", {nothing, kToken}},
        {"kv1-patch-405", {v1_entry}},
        {"kv1-read", {v1_entry}},
        {"kv1-write-204", {nothing}},
        {"kv2-list", {[](OpenBaoBench& bench) { written(bench, 1); }}},
        {"kv2-list-detailed", {observed_folder}},
        {"kv2-metadata-cas-mismatch-400", {marked, kToken}},
        {"kv2-metadata-create-cas0", {nothing, kToken}},
        {"kv2-metadata-read", {long_history, kToken}},
        {"kv2-metadata-read-before-data", {marked, kToken}},
        {"kv2-patch", {[](OpenBaoBench& bench) { written(bench, 2); }, kToken}},
        {"kv2-patch-missing-404", {nothing, kToken}},
        {"kv2-path-without-data-404", {[](OpenBaoBench& bench) { written(bench, 1); }}},
        {"kv2-read", {[](OpenBaoBench& bench) { written(bench, 2); }, kToken}},
        {"kv2-read-destroyed-404", {destroyed_second, kToken}},
        {"kv2-read-missing-404", {nothing, kToken}},
        {"kv2-read-soft-deleted-404", {deleted_fourth, kToken}},
        {"kv2-write-cas-mismatch-400", {[](OpenBaoBench& bench) { written(bench, 1); }, kToken}},
        {"kv2-write-cas-required-400", {cas_required, kToken}},
        {"kv2-write-cas0", {marked, kToken}},
        {"kv2-write-no-data-400", {[](OpenBaoBench& bench) { written(bench, 2); }, kToken}},
        {"namespace-foreign-403", {two_namespaces, kToken}},
        {"namespace-health-400", {two_namespaces}},
        {"namespace-not-found-404", {two_namespaces, kToken}},
        {"namespace-token-lookup-self", {two_namespaces, "s.ns1"}},
        {"no-mount-404", {nothing}},
        {"rate-limited-429", {[](OpenBaoBench& bench) { bench.site.set_throttled(true); }}},
        {"seal-status-sealed-progress", {state(BaoState::Sealed)}},
        {"sealed-503", {state(BaoState::Sealed)}},
        {"standby-write-dead-leader-307", {dead_leader}},
        {"token-lookup-self", {leased_token, "s.leased"}},
        {"token-renew-self", {leased_token, "s.leased"}},
    };
    return kAll;
}

const std::map<std::string, std::string>& not_replayed() {
    static const std::string kLogins = "its token was not recorded; the logins' suite has its own";
    static const std::map<std::string, std::string> kAll{
        {"jwt-login", kLogins},
        {"jwt-login-issuer-mismatch-400", kLogins},
        {"jwt-login-wrong-audience-400", kLogins},
    };
    return kAll;
}

/// Fields whose values are the server's own affair; the shape stays.
bool is_incidental(std::string_view key) {
    static const std::map<std::string_view, int> kKeys{
        {"request_id", 0},
        {"accessor", 0},
        {"cluster_id", 0},
        {"cluster_name", 0},
        {"server_time_utc", 0},
        {"entity_id", 0},
        {"creation_time", 0},
        {"id", 0},
        {"client_token", 0},
        {"display_name", 0},
        {"path", 0},
        {"uuid", 0},
        {"meta", 0},
        {"metadata_role", 0},
        {"nonce", 0},
        {"progress", 0}};
    return kKeys.contains(key);
}

json::value normal(const json::value& value) {
    static const std::regex kTime("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
    if (const auto* object = value.if_object()) {
        json::object out;
        // A token made by an administrator has no login's metadata.
        const bool is_login = object->contains("client_token");
        for (const auto& field : *object) {
            const bool incidental =
                is_incidental(field.key()) || (is_login && field.key() == "metadata");
            out[field.key()] = incidental ? json::value("*") : normal(field.value());
        }
        return out;
    }
    if (const auto* array = value.if_array()) {
        json::array out;
        for (const auto& item : *array) {
            out.emplace_back(normal(item));
        }
        return out;
    }
    if (const auto* text = value.if_string()) {
        return json::value(std::regex_replace(std::string(*text), kTime, "<time>"));
    }
    return value;
}

TEST(RecordedOpenBao, TheDoubleAnswersEveryRecordedRequestAsTheServerDid) {
    std::size_t replayed = 0;
    std::size_t listed = 0;
    for (const auto& exchange : testing::recorded_exchanges(kRecorded)) {
        SCOPED_TRACE(exchange.name);
        if (not_replayed().contains(exchange.name)) {
            ++listed;
            continue;
        }
        ASSERT_TRUE(situations().contains(exchange.name));
        const auto& situation = situations().at(exchange.name);
        OpenBaoBench bench;
        situation.set_up(bench);
        const auto answer =
            bench.sim.run(bench.site.answer(exchange.request(kBase, situation.token)));
        EXPECT_EQ(answer.status, exchange.status);
        const auto given = testing::body_value(answer.body);
        EXPECT_EQ(normal(given), normal(exchange.response_body));
        for (const auto& [header, value] : exchange.response_headers.fields()) {
            EXPECT_EQ(answer.headers.get(header).value_or("absent"), value) << header;
        }
        ++replayed;
    }
    std::cout << "double: " << replayed << " replayed, " << listed << " listed\n";
    EXPECT_EQ(replayed, 41U);
    EXPECT_EQ(listed, not_replayed().size());
}

}  // namespace
}  // namespace wavegate
