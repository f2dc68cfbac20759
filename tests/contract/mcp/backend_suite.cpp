#include "operator/formats/sse.hpp"
#include "tests/contract/mcp/backend.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::contract {

namespace json = boost::json;

void McpServices::SetUp() {
    backend_ = GetParam().make();
    if (!backend_) {
        GTEST_SKIP() << "skipped: " << GetParam().name << " not installable here";
    }
}

sandbox::Env McpServices::enforcing() const {
    return {
        {"AUTH_TYPE", "jwt"},
        {"FASTMCP_SERVER_AUTH_JWT_ISSUER", backend_->tokens().issuer()},
        {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", backend_->jwks_uri()},
        {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "agent-services"}};
}

sandbox::Env McpServices::enforcing_afar() const {
    auto env = enforcing();
    env["FASTMCP_SERVER_AUTH_JWT_JWKS_URI"] = backend_->cuttable_jwks_uri();
    return env;
}

sandbox::Env McpServices::policed(sandbox::Env env) const {
    env["EUNOMIA_TYPE"] = "remote";
    env["EUNOMIA_REMOTE_URL"] = backend_->policy_url();
    return env;
}

void McpServices::allow_multiplexer() {
    backend_->set_policy(one_rule(
        "allow-mux",
        "allow-mux",
        "allow",
        in_list("uri", "agent:mcp-multiplexer"),
        json::array(),
        both_actions()));
}

KnockAnswer McpServices::knock(bool garbage) {
    mcp::Client client(backend_->transport());
    const auto answer = backend_->driver().run(client.knock(url_, garbage));
    EXPECT_TRUE(answer);
    return answer ? *answer : KnockAnswer();
}

Result<McpListing> McpServices::list(const std::string& token, const std::string& agent) {
    mcp::Client client(backend_->transport());
    for (int tries = 0;; ++tries) {
        McpEndpoint where;
        where.url = url_;
        where.agent_id = agent;
        if (!token.empty()) {
            where.bearer = make_secret(std::string(token));
        }
        auto listing = backend_->driver().run(client.list_tools(std::move(where)));
        if (listing || listing.error().kind() != ErrorKind::Throttled || tries == 5) {
            return listing;
        }
        pass(std::chrono::seconds(1));
    }
}

ToolAnswer McpServices::call(
    const std::string& arguments,
    const std::string& token,
    const std::string& agent) {
    session_.clear();
    rpc(json::parse(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{
        "protocolVersion":"2025-06-18","capabilities":{},
        "clientInfo":{"name":"wavegate","version":"0"}}})")
            .as_object(),
        token,
        agent);
    json::object message{{"jsonrpc", "2.0"}, {"id", 2}, {"method", "tools/call"}};
    message["params"] =
        json::object{{"name", GetParam().tool}, {"arguments", json::parse(arguments)}};
    const auto answer = rpc(message, token, agent);
    ToolAnswer out;
    if (const auto* error = answer.if_contains("error")) {
        return {true, std::string(error->at("message").as_string())};
    }
    const auto& result = answer.at("result");
    out.is_error = result.at("isError").as_bool();
    out.text = std::string(result.at("content").at(0).at("text").as_string());
    return out;
}

json::object
McpServices::rpc(const json::object& message, const std::string& token, const std::string& agent) {
    for (int tries = 0; tries < 6; ++tries) {
        const auto response = post(json::serialize(message), token, agent);
        if (response.status != 200) {
            return {{"error", {{"message", "status " + std::to_string(response.status)}}}};
        }
        session_ = std::string(response.headers.get("mcp-session-id").value_or(session_));
        const auto events = formats::parse_sse(response.body);
        auto answer = json::parse(events.back().data).as_object();
        if (json::serialize(answer).find("Rate limit exceeded") == std::string::npos) {
            return answer;
        }
        pass(std::chrono::seconds(1));
    }
    return {{"error", {{"message", "rate limit"}}}};
}

HttpResponse
McpServices::post(const std::string& body, const std::string& token, const std::string& agent) {
    HttpRequest request("POST", url_);
    request.headers = {
        {"Content-Type", "application/json"}, {"Accept", "application/json, text/event-stream"}};
    if (!session_.empty()) {
        request.headers.add("Mcp-Session-Id", session_);
        request.headers.add("MCP-Protocol-Version", "2025-06-18");
    }
    if (!token.empty()) {
        request.headers.add("Authorization", "Bearer " + token);
    }
    if (!agent.empty()) {
        request.headers.add("X-Agent-ID", agent);
    }
    request.body = body;
    return backend_->driver().ask(backend_->transport(), std::move(request));
}

void McpServices::pass(Duration by) {
    auto& clock = backend_->driver().clock();
    EXPECT_TRUE(backend_->driver().run(clock.sleep_until(clock.now().mono + by)));
}

}  // namespace wavegate::contract
