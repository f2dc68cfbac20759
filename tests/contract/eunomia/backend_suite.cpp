#include "operator/sandbox/eunomia/schema.hpp"
#include "tests/contract/eunomia/backend.hpp"
#include "tests/support/permits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::contract {

namespace json = boost::json;

void EunomiaContract::SetUp() {
    backend_ = GetParam().make();
    if (!backend_) {
        GTEST_SKIP() << "skipped: eunomia not installable here";
    }
    wipe();
    credentials_.set("env:KEY", kEunomiaKey);
    credentials_.set("env:WRONG", "not-the-key");
}

std::vector<bool> EunomiaContract::ask(std::vector<PolicyQuestion> questions) {
    auto client = client_with("env:KEY");
    const auto answers = backend_->driver().run(client.ask(std::move(questions)));
    std::vector<bool> allowed;
    if (!answers) {
        ADD_FAILURE() << answers.error().message();
        return allowed;
    }
    for (const auto& answer : *answers) {
        allowed.push_back(answer.allowed);
    }
    return allowed;
}

std::vector<Policy> EunomiaContract::list() {
    auto client = client_with("env:KEY");
    auto policies = backend_->driver().run(client.list());
    EXPECT_TRUE(policies);
    return policies ? std::move(*policies) : std::vector<Policy>();
}

eunomia::Client EunomiaContract::client_with(std::string reference) {
    return {
        counter_,
        credentials_,
        backend_->driver().clock(),
        EunomiaSpec{backend_->url() + "/", Reference{std::move(reference), {}}}};
}

PolicyWrite write_of(PolicyEdit::Verb verb, const Policy& policy) {
    if (verb == PolicyEdit::Verb::Create) {
        return PolicyCreate{policy};
    }
    return PolicyDelete{policy.name};
}

Result<Receipt> EunomiaContract::apply(PolicyEdit::Verb verb, const Policy& policy) {
    auto client = client_with("env:KEY");
    return backend_->driver().run(client.apply(testing::permit(write_of(verb, policy))));
}

Task<HttpResponse> EunomiaContract::Counter::send(HttpRequest request) {
    ++suite_.sent_;
    return suite_.backend_->transport().send(std::move(request));
}

HttpResponse EunomiaContract::send(HttpRequest request) {
    return backend_->driver().ask(backend_->transport(), std::move(request));
}

HttpResponse
EunomiaContract::send(std::string method, const std::string& target, const std::string& body) {
    HttpRequest request(std::move(method), backend_->url() + target);
    request.headers.add("WAY-API-KEY", kEunomiaKey);
    if (!body.empty()) {
        request.headers.add("Content-Type", "application/json");
        request.body = body;
    }
    return send(std::move(request));
}

HttpResponse EunomiaContract::post(const std::string& target, const json::value& body) {
    return send("POST", target, json::serialize(body));
}

void EunomiaContract::add(const json::value& policy) {
    const auto answer = post("/admin/policies", policy);
    ASSERT_EQ(answer.status, 200) << answer.body;
}

void EunomiaContract::add_allow_all() {
    add(json::parse(R"({"name":"mcp-default-policy","rules":[
        {"name":"unrestricted-access","effect":"allow","actions":["list","execute"]}]})"));
}

void EunomiaContract::wipe() {
    const json::value policies = json::parse(send("GET", "/admin/policies").body);
    for (const auto& policy : policies.as_array()) {
        send("DELETE", "/admin/policies/" + std::string(policy.at("name").as_string()));
    }
}

bool EunomiaContract::may_access(const std::string& principal) {
    const auto answer = post("/check", question(principal, "access"));
    return json::parse(answer.body).at("allowed").as_bool();
}

sandbox::pdp::Decision EunomiaContract::decide(
    const std::vector<sandbox::pdp::Policy>& policies,
    const json::value& question) {
    wipe();
    for (const auto& policy : policies) {
        add(sandbox::pdp::to_json(policy));
    }
    const auto answer = post("/check", question);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const json::value body = json::parse(answer.body);
    return {body.at("allowed").as_bool(), std::string(body.at("reason").as_string())};
}

json::object question(const std::string& principal, const std::string& action) {
    json::value body = json::parse(R"({
        "principal":{"uri":"","attributes":{},"type":"principal"},
        "resource":{"uri":"mcp:tools:search","type":"resource","attributes":{
            "method":"tools/call","component_type":"tools","name":"search",
            "uri":"mcp:tools:search","arguments":{}}}})");
    auto& who = body.at("principal").as_object();
    who["uri"] = principal;
    who["attributes"] = json::object{
        {"agent_id", principal.substr(principal.find(':') + 1)}, {"user_id", "unknown"}};
    body.as_object()["action"] = action;
    return std::move(body.as_object());
}

Policy baseline() {
    Policy policy;
    policy.name = "wavegate-baseline-1a2b3c4d5e";
    policy.description = "managed-by=wavegate";
    policy.rules = {
        {"deny-unknown",
         PolicyEffect::Deny,
         {{"attributes.agent_id", "in", R"(["unknown",""])"}},
         {},
         {"list", "execute"}},
        {"allow-mux",
         PolicyEffect::Allow,
         {{"uri", "in", R"(["agent:mcp-multiplexer"])"}},
         {},
         {"list", "execute"}}};
    return policy;
}

std::vector<PolicyQuestion> both_actions(const std::string& principal) {
    return {
        {principal, "web_search", PolicyAction::List},
        {principal, "web_search", PolicyAction::Execute}};
}

}  // namespace wavegate::contract
