#include "operator/sandbox/mcp_server.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr std::size_t kRequestLimit = 4U << 20U;
constexpr Duration kSessionIdle = std::chrono::minutes(30);
constexpr std::array<std::string_view, 4> kVersions{
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    "2025-11-25"};
constexpr std::string_view kInvalidToken =
    "Authentication failed. The provided bearer token is invalid, expired, or no longer recognized "
    "by the server. To resolve: clear authentication tokens in your MCP client and reconnect. Your "
    "client should automatically re-register and obtain new tokens.";

std::string header(const HttpRequest& request, std::string_view name) {
    return std::string(request.headers.get(name).value_or(""));
}

std::string path_of(const HttpRequest& request) {
    const auto target = url_target(request.url);
    return std::string(target.substr(0, target.find('?')));
}

bool known_version(std::string_view version) {
    return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

HttpResponse refuse_bare() {
    HttpResponse response = plain_answer(401, "", "");
    response.headers.add("www-authenticate", "Bearer");
    return response;
}

HttpResponse refuse_token() {
    json::object body;
    body["error"] = "invalid_token";
    body["error_description"] = kInvalidToken;
    HttpResponse response = plain_answer(401, "application/json", json::serialize(body));
    response.headers.add(
        "www-authenticate",
        fmt::format(R"(Bearer error="invalid_token", error_description="{}")", kInvalidToken));
    return response;
}

/// Only POSTs that ask for JSON and SSE get through; nothing when this one does.
std::optional<HttpResponse> refuse_headers(const HttpRequest& request) {
    if (!header(request, "content-type").starts_with("application/json")) {
        return plain_answer(400, "", "Invalid Content-Type header");
    }
    const std::string accept = header(request, "accept");
    if (accept.find("application/json") == std::string::npos ||
        accept.find("text/event-stream") == std::string::npos) {
        return transport_error(
            406,
            -32600,
            "Not Acceptable: Client must accept both application/json and text/event-stream");
    }
    if (request.body.size() > kRequestLimit) {
        return plain_answer(413, "", "Payload too large");
    }
    return std::nullopt;
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_object() : nullptr;
}

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

RpcReply rpc_error(int code, std::string message) {
    RpcError error;
    error.code = code;
    error.message = std::move(message);
    return RpcReply(std::move(error));
}

json::object listed(bool subscribe, bool resources) {
    json::object out;
    if (resources) {
        out["subscribe"] = subscribe;
    }
    out["listChanged"] = true;
    return out;
}

json::object capabilities() {
    json::object out;
    out["experimental"] = json::object();
    out["logging"] = json::object();
    out["prompts"] = listed(false, false);
    out["resources"] = listed(false, true);
    out["tools"] = listed(false, false);
    json::object extensions;
    extensions["io.modelcontextprotocol/ui"] = json::object();
    out["extensions"] = std::move(extensions);
    return out;
}

std::string version_of(Generation generation) {
    switch (generation) {
        case Generation::F2:
            return "2.14.7";
        case Generation::F3:
            return "3.4.10";
        default:
            return "3.4.2";
    }
}

std::string ping_events() {
    json::object ping;
    ping["method"] = "ping";
    ping["jsonrpc"] = "2.0";
    ping["id"] = 0;
    return ": ping - 2026-01-01 00:00:00.000000+00:00\r\n\r\n" + sse_event(ping);
}

json::object foreign_answer(const json::value& id) {
    json::value other = "another-call";
    if (id.is_int64()) {
        other = id.get_int64() + 1000;
    }
    return message_of(other, to_reply(tool_error("the answer of another call")));
}

std::string sse_body(const WireBehaviour& wire, const json::value& id, const RpcReply& reply) {
    std::string body;
    if (wire.notify_before) {
        body += sse_event(log_notification("working"));
    }
    for (const auto& log : reply.logs) {
        body += sse_event(log_notification(log));
    }
    if (wire.ping) {
        body += ping_events();
    }
    if (wire.huge) {
        body += sse_event(log_notification(std::string(9U << 20U, 'x')));
    }
    if (wire.wrong_id_first) {
        body += sse_event(foreign_answer(id));
    }
    return body + sse_event(message_of(id, reply));
}

}  // namespace

McpServer::McpServer(
    const Outside& outside,
    McpProgram& program,
    std::shared_ptr<const WireBehaviour> wire,
    std::string salt,
    std::unique_ptr<TokenVerifier> verifier)
    : outside_(outside),
      program_(program),
      wire_(std::move(wire)),
      salt_(std::move(salt)),
      verifier_(std::move(verifier)) {}

asio::awaitable<HttpResponse> McpServer::answer(HttpRequest request) {
    if (auto response = without_auth(request, path_of(request))) {
        co_return std::move(*response);
    }
    Caller caller;
    auto refusal = co_await authenticate(request, caller);
    if (refusal) {
        co_return std::move(*refusal);
    }
    caller.session = header(request, "mcp-session-id");
    if (!wire_->stateless && !caller.session.empty() && !has_session(caller)) {
        co_return transport_error(404, -32600, "Session not found");
    }
    if (const auto agent = request.headers.get("x-agent-id")) {
        caller.agent_id = std::string(*agent);
    }
    caller.user_agent = header(request, "user-agent");
    if (request.method == "POST") {
        co_return co_await post(std::move(request), std::move(caller));
    }
    if (wire_->stateless) {
        co_return plain_answer(405, "", "");
    }
    if (request.method == "GET" &&
        header(request, "accept").find("text/event-stream") == std::string::npos) {
        co_return transport_error(
            406, -32600, "Not Acceptable: Client must accept text/event-stream");
    }
    if (caller.session.empty()) {
        HttpResponse missing = transport_error(400, -32600, "Bad Request: Missing session ID");
        missing.headers.add("mcp-session-id", fresh_id());
        co_return missing;
    }
    if (request.method == "DELETE") {
        co_return end_session(caller);
    }
    co_return plain_answer(200, "text/event-stream", "");
}

/// What is answered before anybody looks at a token: static routes, slashes, wrong verbs.
std::optional<HttpResponse> McpServer::without_auth(
    const HttpRequest& request,
    std::string_view path) {
    if (path == "/health") {
        json::object health;
        health["status"] = "ok";
        if (wire_->generation != Generation::Sdk) {
            health["server"] = wire_->server_name;
        }
        return plain_answer(200, "application/json", json::serialize(health));
    }
    if (path == "/metrics" && wire_->generation != Generation::Sdk) {
        return plain_answer(200, "text/plain; version=0.0.4", program_.metrics());
    }
    if (path == "/mcp/") {
        HttpResponse redirect = plain_answer(307, "", "");
        redirect.headers.add("location", fmt::format("http://{}/mcp", url_authority(request.url)));
        return redirect;
    }
    if (path != "/mcp") {
        return plain_answer(404, "text/plain; charset=utf-8", "Not Found");
    }
    if (request.method != "POST" && request.method != "GET" && request.method != "DELETE") {
        HttpResponse wrong_verb = plain_answer(405, "", "");
        wrong_verb.headers.add("allow", "GET, POST, DELETE");
        return wrong_verb;
    }
    return std::nullopt;
}

asio::awaitable<std::optional<HttpResponse>> McpServer::authenticate(
    const HttpRequest& request,
    Caller& caller) {
    if (!verifier_) {
        co_return std::nullopt;
    }
    const std::string authorization = header(request, "authorization");
    const bool empty_401 =
        wire_->generation == Generation::F3 || wire_->generation == Generation::Sdk;
    if (!iequals(authorization.substr(0, 7), "bearer ")) {
        if (empty_401) {
            co_return refuse_bare();
        }
        co_return refuse_token();
    }
    std::string token = authorization.substr(7);
    caller.claims = co_await verifier_->accept(std::move(token));
    if (!caller.claims) {
        co_return refuse_token();
    }
    co_return std::nullopt;
}

asio::awaitable<HttpResponse> McpServer::post(HttpRequest request, Caller caller) {
    if (auto refusal = refuse_headers(request)) {
        if (refusal->status == 406) {
            refusal->headers.add("mcp-session-id", fresh_id());
        }
        co_return std::move(*refusal);
    }
    boost::system::error_code failure;
    const json::value body = json::parse(request.body, failure);
    if (failure) {
        co_return transport_error(400, -32700, "Parse error");
    }
    const auto* object = body.if_object();
    if (object == nullptr || text_at(*object, "jsonrpc") != "2.0") {
        co_return transport_error(400, -32602, "Validation error");
    }
    Message message;
    message.method = text_at(*object, "method");
    if (const auto* id = object->if_contains("id"); id != nullptr && !id->is_double()) {
        message.id = *id;
    }
    if (const auto* params = object_at(*object, "params")) {
        message.params = *params;
    }
    co_return co_await speak(std::move(request), std::move(caller), std::move(message));
}

asio::awaitable<HttpResponse>
McpServer::speak(HttpRequest request, Caller caller, Message message) {
    if (message.method == "initialize") {
        if (!wire_->stateless && caller.session.empty()) {
            caller.session = open_session(caller);
        }
    } else if (!wire_->stateless && caller.session.empty()) {
        HttpResponse missing = transport_error(400, -32600, "Bad Request: Missing session ID");
        missing.headers.add("mcp-session-id", fresh_id());
        co_return missing;
    } else if (const auto version = request.headers.get("mcp-protocol-version");
               version && !known_version(*version)) {
        co_return transport_error(400, -32600, "Bad Request: Unsupported protocol version");
    }
    if (message.id.is_null()) {
        HttpResponse noted = plain_answer(202, "application/json", "");
        if (!caller.session.empty()) {
            noted.headers.add("mcp-session-id", caller.session);
        }
        co_return noted;
    }
    const std::string session = caller.session;
    RpcReply reply = co_await dispatch(message, std::move(caller));
    co_return co_await deliver(std::move(request), session, std::move(message), std::move(reply));
}

asio::awaitable<RpcReply> McpServer::dispatch(const Message& message, Caller caller) {
    const bool call = message.method == "tools/call";
    if (over_rate()) {
        const std::string text = "Rate limit exceeded for client: global";
        if (call) {
            co_return to_reply(tool_error(text));
        }
        co_return rpc_error(-32000, text);
    }
    if (message.method == "initialize") {
        co_return initialize(message.params);
    }
    if (message.method == "ping") {
        co_return RpcReply();
    }
    if (message.method == "tools/list") {
        RpcReply all = co_await program_.list_tools(std::move(caller));
        co_return page(std::move(all), message.params);
    }
    if (!call) {
        co_return rpc_error(-32602, "Invalid request parameters");
    }
    std::string name = text_at(message.params, "name");
    json::object arguments;
    if (const auto* given = object_at(message.params, "arguments")) {
        arguments = *given;
    }
    co_return co_await program_.call_tool(std::move(caller), std::move(name), std::move(arguments));
}

/// Renders the answer. Split and never-ending streams need the carrier's `enough`; a carrier
/// without it sees a split answer as a whole one, and a never-ending one as silence.
asio::awaitable<HttpResponse>
McpServer::deliver(HttpRequest request, std::string session, Message message, RpcReply reply) {
    HttpResponse response;
    if (wire_->json_answers) {
        response =
            plain_answer(200, "application/json", json::serialize(message_of(message.id, reply)));
    } else {
        response = plain_answer(200, "text/event-stream", sse_body(*wire_, message.id, reply));
        response.headers.add("cache-control", "no-cache, no-transform");
    }
    if (!session.empty()) {
        response.headers.add("mcp-session-id", session);
    }
    if (request.enough && (wire_->split || wire_->never_close)) {
        const std::size_t step = wire_->split ? 1 : response.body.size();
        for (std::size_t have = step; have <= response.body.size(); have += step) {
            if (request.enough(std::string_view(response.body).substr(0, have))) {
                response.body.resize(have);
                co_return response;
            }
        }
    }
    if (wire_->never_close) {
        auto ignored = co_await outside_.clock.sleep_until(Mono::max());
        static_cast<void>(ignored);
    }
    co_return response;
}

HttpResponse McpServer::end_session(const Caller& caller) {
    sessions_.erase(caller.session);
    program_.session_ended(caller.session);
    HttpResponse response = plain_answer(200, "application/json", "");
    response.headers.add("mcp-session-id", caller.session);
    return response;
}

RpcReply McpServer::initialize(const json::object& params) const {
    const std::string wanted = text_at(params, "protocolVersion");
    json::object info;
    info["name"] = wire_->server_name;
    info["version"] = version_of(wire_->generation);
    json::object result;
    result["protocolVersion"] = known_version(wanted) ? wanted : std::string(kVersions.back());
    result["capabilities"] = capabilities();
    result["serverInfo"] = std::move(info);
    if (!wire_->instructions.empty()) {
        result["instructions"] = wire_->instructions;
    }
    return RpcReply(std::move(result));
}

/// One page of tools/list; the cursor is opaque to clients: {"o":<offset>}, base64.
RpcReply McpServer::page(RpcReply all, const json::object& params) const {
    if (wire_->page_size == 0 || all.error) {
        return all;
    }
    const auto& tools = all.result.at("tools").as_array();
    std::size_t from = 0;
    if (const std::string cursor = text_at(params, "cursor"); !cursor.empty()) {
        std::string decoded;
        if (!base64_decode(cursor, decoded) || !decoded.starts_with("{\"o\":")) {
            return rpc_error(-32602, "Invalid cursor");
        }
        from = std::stoul(decoded.substr(5));
    }
    const std::size_t to = std::min(from + wire_->page_size, tools.size());
    json::array part;
    for (std::size_t i = from; i < to; ++i) {
        part.push_back(tools[i]);
    }
    json::object result;
    result["tools"] = std::move(part);
    if (to < tools.size()) {
        result["nextCursor"] = base64_encode(fmt::format("{{\"o\":{}}}", to));
    }
    return RpcReply(std::move(result));
}

std::string McpServer::open_session(const Caller& caller) {
    const std::string id = fresh_id();
    if (!wire_->lose_sessions) {
        Session session;
        session.client = caller.claims ? client_of(*caller.claims) : std::string();
        session.used = outside_.clock.now().mono;
        sessions_[id] = std::move(session);
    }
    return id;
}

/// A session of another client is as unknown as one that never was.
bool McpServer::has_session(const Caller& caller) {
    const auto at = sessions_.find(caller.session);
    if (at == sessions_.end()) {
        return false;
    }
    const Mono now = outside_.clock.now().mono;
    if (now - at->second.used > kSessionIdle) {
        sessions_.erase(at);
        return false;
    }
    at->second.used = now;
    return at->second.client == (caller.claims ? client_of(*caller.claims) : std::string());
}

std::string McpServer::fresh_id() {
    return short_hash(fmt::format("{}/{}", salt_, ++issued_), 32);
}

bool McpServer::over_rate() {
    if (!wire_->rate) {
        return false;
    }
    const Mono now = outside_.clock.now().mono;
    const double gone = refilled_ ? std::chrono::duration<double>(now - *refilled_).count() : 1e9;
    tokens_ = std::min(wire_->rate->burst, tokens_ + gone * wire_->rate->per_second);
    refilled_ = now;
    if (tokens_ < 1) {
        return true;
    }
    tokens_ -= 1;
    return false;
}

}  // namespace wavegate::sandbox
