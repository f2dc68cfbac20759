#include "operator/net/curl_transport.hpp"
#include "operator/sandbox/eunomia/eunomia.hpp"
#include "tests/contract/eunomia/backend.hpp"
#include "tests/real/eunomia/the_server.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/seeded_random.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// The same requests to Eunomia and to its double, one beside the other: whatever anybody sends,
// the answers must be the same.
namespace wavegate::contract {
namespace {

namespace json = boost::json;

class EunomiaBesideItsDouble : public ::testing::Test {
  protected:
    void SetUp() override {
        if (the_eunomia() == nullptr) {
            GTEST_SKIP() << "skipped: eunomia not installable here";
        }
        wipe();
    }

    HttpResponse real(HttpRequest request) {
        request.url = the_eunomia()->url() + request.url;
        return driver_->ask(transport_, std::move(request));
    }
    HttpResponse doubled(HttpRequest request) {
        request.url = the_eunomia()->url() + request.url;
        return driver_->run(double_.answer(std::move(request)));
    }
    /// Sends both the same, and gives the real answer.
    HttpResponse both(const HttpRequest& request) {
        const auto expected = real(request);
        const auto got = doubled(request);
        EXPECT_EQ(got.status, expected.status);
        EXPECT_EQ(testing::body_value(got.body), testing::body_value(expected.body));
        for (const auto* header : {"content-type", "allow", "location", "server"}) {
            EXPECT_EQ(
                got.headers.get(header).value_or("absent"),
                expected.headers.get(header).value_or("absent"))
                << header;
        }
        return expected;
    }
    HttpResponse both(std::string method, std::string target, std::string body = "") {
        HttpRequest request(std::move(method), std::move(target));
        request.headers.add("WAY-API-KEY", kEunomiaKey);
        request.headers.add("Content-Type", "application/json");
        request.body = std::move(body);
        SCOPED_TRACE(request.method + " " + request.url + " " + request.body);
        return both(request);
    }
    void wipe() {
        HttpRequest request("GET", "/admin/policies");
        request.headers.add("WAY-API-KEY", kEunomiaKey);
        const json::value policies = json::parse(real(request).body);
        for (const auto& policy : policies.as_array()) {
            request.method = "DELETE";
            request.url = "/admin/policies/" + std::string(policy.at("name").as_string());
            real(request);
        }
        double_.wipe();
    }

  private:
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    net::CurlTransport transport_{driver_->executor()};
    sandbox::Eunomia double_{driver_->clock(), kEunomiaKey};
};

TEST_F(EunomiaBesideItsDouble, RoutesAndMethodsAreTheSame) {
    for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        for (const auto* target :
             {"/",
              "/health",
              "/health/",
              "/check",
              "/check/",
              "/check/bulk",
              "/check/bulk/",
              "/check/other",
              "/admin",
              "/admin/",
              "/admin/policies",
              "/admin/policies/",
              "/admin/policies/?a=b",
              "/admin/policies/absent",
              "/admin/policies/absent/",
              "/admin/policies/a%20b",
              "/admin/policies/a%2Fb",
              "/admin/policies/simple",
              "/admin/policies/simple?name=",
              "/admin/policies/simple?name=a",
              "/Admin/policies"}) {
            both(method, target);
        }
    }
}

TEST_F(EunomiaBesideItsDouble, MistakesInAPolicyAreNamedTheSame) {
    for (const auto* body :
         {R"(null)",
          R"([])",
          R"("text")",
          R"({})",
          R"({"name":"a"})",
          R"({"name":null,"rules":[]})",
          R"({"name":"","rules":[]})",
          R"({"name":["a"],"rules":[]})",
          R"({"name":1.5,"rules":[]})",
          R"({"name":true,"rules":[]})",
          R"({"name":"a","rules":{}})",
          R"({"name":"a","rules":null})",
          R"({"name":"a","rules":["r"]})",
          R"({"name":"a","rules":[null]})",
          R"({"name":"a","rules":[{}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"maybe","actions":["list"]}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"ALLOW","actions":["list"]}]})",
          R"({"name":"a","rules":[{"name":"r","effect":null,"actions":["list"]}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"allow","actions":"list"}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"allow","actions":"[\"list\"]"}]})",
          R"({"name":"b","rules":[{"name":"r","effect":"allow","actions":[]}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"allow","actions":[1]}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"allow","actions":null}]})",
          R"({"name":"a","rules":[{"name":"r","effect":"allow","actions":["l"],"extra":1}]})",
          R"({"name":"a","rules":[],"default_effect":"none"})",
          R"({"name":"a","rules":[],"version":2})",
          R"({"name":"a","rules":[],"version":null})",
          R"({"name":"a","rules":[],"description":7})",
          R"({"name":"c","rules":[],"description":null,"default_effect":"allow"})",
          R"({"name":"a","rules":[],"one":1,"two":2})"}) {
        both("POST", "/admin/policies", body);
    }
    both("GET", "/admin/policies");
}

TEST_F(EunomiaBesideItsDouble, MistakesInAConditionAreNamedTheSame) {
    for (const auto* condition :
         {R"({})",
          R"("uri")",
          R"({"path":"uri","operator":"in"})",
          R"({"path":"uri","operator":"regex","value":"a"})",
          R"({"path":1,"operator":"in","value":[]})",
          R"({"path":"uri","operator":null,"value":[]})",
          R"({"path":"uri","operator":"in","value":[],"more":true})",
          R"({"path":"","operator":"in","value":["a",1,null,{"b":[true]}]})",
          R"({"path":"uri","operator":"in","value":"[1, 2]"})",
          R"({"path":"uri","operator":"equals","value":" 12 "})",
          R"({"path":"uri","operator":"equals","value":"-Infinity"})",
          R"({"path":"uri","operator":"equals","value":"01"})",
          R"({"path":"uri","operator":"equals","value":"{\"a\":1}"})",
          R"({"path":"uri","operator":"equals","value":""})",
          R"({"path":"uri","operator":"equals","value":1e400})",
          R"({"path":"uri","operator":"equals","value":12345678901234567890123})"}) {
        const std::string body =
            R"({"name":"p","rules":[{"name":"r","effect":"allow","actions":["a"],)"
            R"("principal_conditions":[)" +
            std::string(condition) + "]}]}";
        both("POST", "/admin/policies", body);
        both("GET", "/admin/policies/p");
        wipe();
    }
}

TEST_F(EunomiaBesideItsDouble, MistakesInAQuestionAreNamedTheSame) {
    const std::string resource = R"("resource":{"uri":"r"})";
    for (const auto& body : std::vector<std::string>{
             "null",
             "[]",
             "{}",
             "{" + resource + "}",
             R"({"principal":null,)" + resource + "}",
             R"({"principal":{},)" + resource + "}",
             R"({"principal":{"uri":""},)" + resource + "}",
             R"({"principal":{"uri":1},)" + resource + "}",
             R"({"principal":{"attributes":{}},)" + resource + "}",
             R"({"principal":{"attributes":[]},)" + resource + "}",
             R"({"principal":{"attributes":[{"key":"a","value":1}]},)" + resource + "}",
             R"({"principal":{"attributes":[{"key":"a"}]},)" + resource + "}",
             R"({"principal":{"attributes":"x"},)" + resource + "}",
             R"({"principal":{"uri":"a","type":"resource"},)" + resource + "}",
             R"({"principal":{"uri":"a","type":null},)" + resource + "}",
             R"({"principal":{"uri":"a"},)" + resource + R"(,"action":null})",
             R"({"principal":{"uri":"a"},)" + resource + R"(,"action":5})",
             R"({"principal":{"uri":"a"},)" + resource + R"(,"action":"","unknown":1})",
             R"({"principal":{"uri":"a","more":1},)" + resource + "}"}) {
        both("POST", "/check", body);
        both("POST", "/check/bulk", "[" + body + "]");
        both("POST", "/admin/policies/simple?name=s", body);
        wipe();
    }
}

// Where in the text and in which words is Python's own: the double has neither.
TEST_F(EunomiaBesideItsDouble, BodiesThatAreNoJsonAreRefusedTheSame) {
    for (const auto* body : {"{", "[", "nope", "{\"a\":}", "{\"a\":1,}", "\"", "1 2", "{'a':1}"}) {
        for (const auto* target : {"/admin/policies", "/check"}) {
            SCOPED_TRACE(body);
            HttpRequest request("POST", target);
            request.headers.add("Content-Type", "application/json");
            request.body = body;
            const auto answer = real(request);
            const json::value detail = json::parse(answer.body).at("detail").at(0);
            EXPECT_EQ(answer.status, 422);
            EXPECT_EQ(detail.at("type"), "json_invalid");
            const auto emulated = doubled(request);
            EXPECT_EQ(emulated.status, 422);
            EXPECT_EQ(json::parse(emulated.body).at("detail").at(0).at("type"), detail.at("type"));
        }
    }
}

TEST_F(EunomiaBesideItsDouble, TheContentTypeIsReadTheSame) {
    for (const auto* type :
         {"",
          "text/plain",
          "application/x-www-form-urlencoded",
          "application/json; charset=utf-8",
          "APPLICATION/JSON",
          "application/vnd.api+json"}) {
        HttpRequest request("POST", "/check");
        request.headers.add("Content-Type", type);
        request.body = json::serialize(question("agent:a", "list"));
        SCOPED_TRACE(type);
        both(request);
    }
}

/// Draws policies and questions in which everything meets everything.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    json::object policy(const std::string& name) {
        json::array rules;
        for (auto left = below(3) + 1; left > 0; --left) {
            rules.push_back(rule("r" + std::to_string(left)));
        }
        return {{"name", name}, {"rules", rules}, {"default_effect", one({"allow", "deny"})}};
    }
    json::object question() {
        const auto agent = one({"unknown", "mcp-multiplexer", "claude", ""});
        json::object principal{
            {"uri", "agent:" + agent}, {"attributes", {{"agent_id", agent}, {"n", value()}}}};
        const auto tool = one({"search", "Search", "sys", "123"});
        json::object resource{
            {"uri", "mcp:tools:" + tool},
            {"attributes", {{"name", tool}, {"n", value()}, {"deep", {{"list", {value(), 1}}}}}}};
        return {
            {"principal", std::move(principal)},
            {"resource", std::move(resource)},
            {"action", one({"list", "execute", "access"})}};
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }
    std::string one(const std::vector<const char*>& of) { return of[below(of.size())]; }
    json::value value() {
        static const std::vector<const char*> kValues{
            "1",
            "1.0",
            "0",
            "-3.5",
            "true",
            "false",
            "null",
            "\"\"",
            "\"1\"",
            "\"true\"",
            "\"search\"",
            "\"sea\"",
            "\"agent:unknown\"",
            "\"unknown\"",
            "[]",
            "[1]",
            "[\"search\"]",
            "[\"1\",1]",
            "[true]",
            "[null]",
            "[[1]]",
            "{}",
            "{\"a\":1}",
            "\"[1]\"",
            "7"};
        return json::parse(kValues[below(kValues.size())]);
    }
    json::object rule(const std::string& name) {
        json::array conditions[2];
        for (auto& side : conditions) {
            for (auto left = below(3); left > 0; --left) {
                side.push_back(condition());
            }
        }
        return {
            {"name", name},
            {"effect", one({"allow", "deny"})},
            {"principal_conditions", conditions[0]},
            {"resource_conditions", conditions[1]},
            {"actions", below(4) == 0 ? json::array{"list"} : json::array{"list", "execute"}}};
    }
    json::object condition() {
        return {
            {"path",
             one(
                 {"uri",
                  "type",
                  "attributes.name",
                  "attributes.n",
                  "attributes.agent_id",
                  "attributes.deep.list.0",
                  "attributes.deep.list.5",
                  "attributes.none",
                  "attributes",
                  "name"})},
            {"operator",
             one(
                 {"equals",
                  "not_equals",
                  "contains",
                  "not_contains",
                  "startswith",
                  "endswith",
                  "gt",
                  "gte",
                  "lt",
                  "lte",
                  "in",
                  "not_in"})},
            {"value", value()}};
    }

    testing::SeededRandom random_;
};

TEST_F(EunomiaBesideItsDouble, RandomPoliciesDecideRandomQuestionsTheSame) {
    Dice dice(20261124);
    int allowed = 0;
    for (int round = 0; round < 60; ++round) {
        wipe();
        for (int i = 0; i <= round % 3; ++i) {
            both("POST", "/admin/policies", json::serialize(dice.policy("p" + std::to_string(i))));
        }
        json::array questions;
        for (int i = 0; i < 40; ++i) {
            questions.push_back(dice.question());
        }
        const auto answer = both("POST", "/check/bulk", json::serialize(questions));
        ASSERT_EQ(answer.status, 200);
        const json::value answers = json::parse(answer.body);
        for (const auto& one : answers.as_array()) {
            allowed += one.at("allowed").as_bool() ? 1 : 0;
        }
    }
    EXPECT_GT(allowed, 100) << "the dice must also find what is allowed";
}

}  // namespace
}  // namespace wavegate::contract
