#include "operator/sandbox/mcp/server.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/sandbox/mcp/answers.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr Duration kSessionIdle = std::chrono::minutes(30);

std::string path_of(const HttpRequest& request) {
    const auto target = url_target(request.url);
    return std::string(target.substr(0, target.find('?')));
}

std::string host_of(const HttpRequest& request) {
    return std::string(request.headers.get("host").value_or(url_authority(request.url)));
}

}  // namespace

McpServer::McpServer(
    Outside outside,
    McpProgram& program,
    std::shared_ptr<const WireBehaviour> wire,
    std::string salt,
    std::unique_ptr<TokenVerifier> verifier)
    : outside_(std::move(outside)),
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
    caller.session = header_of(request, "mcp-session-id");
    if (!wire_->stateless && !caller.session.empty() && !has_session(caller)) {
        co_return transport_error(404, -32600, "Session not found");
    }
    if (const auto agent = request.headers.get("x-agent-id")) {
        caller.agent_id = std::string(*agent);
    }
    caller.user_agent = header_of(request, "user-agent");
    if (request.method == "POST") {
        co_return co_await post(std::move(request), std::move(caller));
    }
    if (wire_->stateless) {
        co_return plain_answer(405, "", "");
    }
    if (request.method == "GET" &&
        header_of(request, "accept").find("text/event-stream") == std::string::npos) {
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
    const std::string authorization = header_of(request, "authorization");
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
    if (!wire_->allowed_host.empty() && host_of(request) != wire_->allowed_host) {
        co_return plain_answer(421, "", "Invalid Host header");
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
    if (message.id.is_null() && wire_->stream_notified) {
        if (!request.head_is_enough) {
            auto ignored = co_await outside_.clock.sleep_until(Mono::max());
            static_cast<void>(ignored);
        }
        co_return plain_answer(200, "text/event-stream", "");
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
        co_return welcome(*wire_, message.params);
    }
    if (message.method == "ping") {
        co_return RpcReply();
    }
    if (message.method == "tools/list") {
        RpcReply all = co_await program_.list_tools(std::move(caller));
        co_return page_of(*wire_, std::move(all), message.params);
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

std::string McpServer::open_session(const Caller& caller) {
    std::string id = fresh_id();
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
