#include "tests/contract/eunomia/backend.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

// The HTTP API itself, where the operator's client shows only half of it.
namespace wavegate::contract {
namespace {

namespace json = boost::json;

json::object named(const std::string& policy, const std::string& rule = "r") {
    return {
        {"name", policy},
        {"rules",
         json::array{json::object{{"name", rule}, {"effect", "allow"}, {"actions", {"list"}}}}}};
}

std::string detail(const HttpResponse& answer) {
    const json::value body = json::parse(answer.body);
    const auto& text = body.at("detail");
    return text.is_string() ? std::string(text.get_string())
                            : std::string(text.at(0).at("type").as_string());
}

TEST_P(EunomiaContract, NamesBecomeSlugsAndOnlySlugsAreFound) {
    const std::vector<std::pair<const char*, const char*>> rows{
        {"Wavegate/Base Line.v1_x--y!", "wavegate-base-line-v1_x-y"},
        {"Ünïcode Ñame", "unicode-name"},
        {"--a--", "a"},
        {"a b", "a-b"},
        {"ßtraße Œ 日本", "trae"},
    };
    for (const auto& [name, expected] : rows) {
        SCOPED_TRACE(name);
        const auto made = post("/admin/policies", named(name, name));
        ASSERT_EQ(made.status, 200);
        const json::value body = json::parse(made.body);
        EXPECT_EQ(body.at("name"), expected);
        EXPECT_EQ(body.at("rules").at(0).at("name"), expected);
        EXPECT_EQ(send("GET", "/admin/policies/" + std::string(expected)).status, 200);
        wipe();
    }
    const auto refused = post("/admin/policies", named("!!!"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(detail(refused), "value_error");
}

TEST_P(EunomiaContract, TwoSpellingsOfOneSlugAreOneName) {
    add(named("Read Only"));
    const auto again = post("/admin/policies", named("read/only"));
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(detail(again), "Policy with name read-only already exists");
    EXPECT_EQ(send("DELETE", "/admin/policies/Read%20Only").body, "false");
    EXPECT_EQ(send("DELETE", "/admin/policies/read-only").body, "true");
}

TEST_P(EunomiaContract, AStringValueIsReadAsJsonAndAListIsNot) {
    const std::vector<std::pair<const char*, const char*>> rows{
        {R"("123")", "123"},
        {R"("true")", "true"},
        {R"("1e3")", "1000.0"},
        {R"("null")", "null"},
        {R"("NaN")", "null"},
        {R"("[\"x\"]")", R"(["x"])"},
        {R"("plain")", R"("plain")"},
        {R"("\"123\"")", R"("123")"},
        {R"(["123","true","null"])", R"(["123","true","null"])"},
    };
    for (const auto& [sent, kept] : rows) {
        SCOPED_TRACE(sent);
        auto body = named("values");
        body["rules"].at(0).as_object()["resource_conditions"] = json::array{json::object{
            {"path", "attributes.a"}, {"operator", "in"}, {"value", json::parse(sent)}}};
        add(body);
        const json::value listed = json::parse(send("GET", "/admin/policies/values").body);
        EXPECT_EQ(
            listed.at("rules").at(0).at("resource_conditions").at(0).at("value"),
            json::parse(kept));
        wipe();
    }
}

TEST_P(EunomiaContract, ASimplePolicyAllowsExactlyWhatWasAsked) {
    const auto made = post("/admin/policies/simple?name=One%20Call", question("agent:a", "list"));
    ASSERT_EQ(made.status, 200) << made.body;
    const json::value body = json::parse(made.body);
    EXPECT_EQ(body.at("name"), "one-call");
    EXPECT_EQ(body.at("rules").as_array().size(), 1U);
    const auto allowed = [&](const json::object& asked) {
        return json::parse(post("/check", asked).body).at("allowed").as_bool();
    };
    EXPECT_TRUE(allowed(question("agent:a", "list")));
    EXPECT_FALSE(allowed(question("agent:a", "execute")));
    EXPECT_FALSE(allowed(question("agent:b", "list")));
}

TEST_P(EunomiaContract, ABulkTakesOneToAHundredQuestionsAndFailsAsOne) {
    const json::value good = question("agent:a", "list");
    EXPECT_EQ(post("/check/bulk", json::array(100, good)).status, 200);
    const auto many = post("/check/bulk", json::array(101, good));
    EXPECT_EQ(many.status, 400);
    EXPECT_EQ(detail(many), "Too many requests. Maximum allowed: 100");
    const auto none = post("/check/bulk", json::array());
    EXPECT_EQ(none.status, 400);
    EXPECT_EQ(detail(none), "Empty request list");
    const auto bad = post("/check/bulk", json::array{good, json::object()});
    EXPECT_EQ(bad.status, 422);
    EXPECT_EQ(detail(bad), "missing");
}

TEST_P(EunomiaContract, TheAdminKeyIsAskedForBeforeTheSchemaAndAfterTheSyntax) {
    const auto with_key = [&](const std::string& key, const std::string& body) {
        HttpRequest request("POST", backend_->url() + "/admin/policies");
        request.headers.add("Content-Type", "application/json");
        if (!key.empty()) {
            request.headers.add("WAY-API-KEY", key);
        }
        request.body = body;
        return send(std::move(request)).status;
    };
    EXPECT_EQ(with_key("", "{}"), 401);
    EXPECT_EQ(with_key("wrong", "{}"), 401);
    EXPECT_EQ(with_key(kEunomiaKey, "{}"), 422);
    EXPECT_EQ(with_key("", "{"), 422);
}

TEST_P(EunomiaContract, ThereIsNoUpdate) {
    add(named("p"));
    for (const auto* method : {"PUT", "PATCH"}) {
        EXPECT_EQ(send(method, "/admin/policies/p", json::serialize(named("p"))).status, 405);
    }
}

}  // namespace
}  // namespace wavegate::contract
