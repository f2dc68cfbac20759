#include "operator/sandbox/multiplexer/peer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <optional>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr std::string_view kVersion = "2025-06-18";

/// The JSON-RPC message with this id in a JSON body or in the data lines of an event stream.
std::optional<json::object> find_answer(std::string_view body, std::string_view id) {
    const std::string mark = fmt::format("\"id\":{}", id);
    for (auto at = body.find('{'); at != std::string_view::npos; at = body.find('{', at)) {
        const std::string_view line = body.substr(at, body.find('\r', at) - at);
        at += line.size();
        if (line.find(mark) == std::string_view::npos) {
            continue;
        }
        boost::system::error_code failure;
        json::value parsed = json::parse(line, failure);
        auto* object = failure ? nullptr : parsed.if_object();
        if (object != nullptr && object->contains("id") &&
            json::serialize(object->at("id")) == id && !object->contains("method")) {
            return std::move(*object);
        }
    }
    return std::nullopt;
}

std::string reason_phrase(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        default:
            return "Error";
    }
}

std::string status_failure(int status, const std::string& url) {
    return fmt::format(
        "HTTPStatusError: {} error '{} {}' for url '{}'\nFor more information check: "
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/{}",
        status < 500 ? "Client" : "Server",
        status,
        reason_phrase(status),
        url,
        status);
}

json::object initialize_params() {
    json::object info;
    info["name"] = "mcp";
    info["version"] = "0.1.0";
    json::object params;
    params["protocolVersion"] = kVersion;
    params["capabilities"] = json::object();
    params["clientInfo"] = std::move(info);
    return params;
}

std::string rpc_failure(const json::object& message) {
    const auto* error = message.if_contains("error");
    if (error == nullptr || !error->is_object()) {
        return {};
    }
    const auto* text = error->get_object().if_contains("message");
    return "McpError: " + (text != nullptr && text->is_string() ? std::string(text->get_string())
                                                                : std::string("unknown"));
}

}  // namespace

asio::awaitable<PeerSession> Peer::open(Duration limit) {
    PeerSession session;
    json::object hello = initialize_params();
    PeerReply welcome = co_await ask("", "initialize", std::move(hello), limit);
    session.failure = welcome.failure.empty() ? rpc_failure(welcome.message) : welcome.failure;
    if (!session.failure.empty()) {
        co_return session;
    }
    session.id = session_;
    auto noted = co_await post(
        session.id, R"({"jsonrpc":"2.0","method":"notifications/initialized"})", "", limit);
    static_cast<void>(noted);
    json::object nothing;
    PeerReply list = co_await ask(session.id, "tools/list", std::move(nothing), limit);
    session.failure = list.failure.empty() ? rpc_failure(list.message) : list.failure;
    if (session.failure.empty()) {
        session.tools = list.message.at("result").as_object().at("tools").as_array();
    }
    co_return session;
}

asio::awaitable<PeerReply>
Peer::call(std::string session, std::string tool, json::object arguments) {
    json::object params;
    params["name"] = tool;
    params["arguments"] = std::move(arguments);
    co_return co_await ask(std::move(session), "tools/call", std::move(params), child_.timeout);
}

asio::awaitable<PeerReply>
Peer::ask(std::string session, std::string method, json::object params, Duration limit) {
    const std::string id = std::to_string(++next_id_);
    json::object message;
    message["jsonrpc"] = "2.0";
    message["id"] = next_id_;
    message["method"] = method;
    message["params"] = std::move(params);
    std::string body = json::serialize(message);
    auto answer = co_await post(std::move(session), std::move(body), id, limit);
    PeerReply reply;
    if (!answer) {
        reply.timed_out = answer.error().kind() == ErrorKind::Timeout;
        reply.failure =
            reply.timed_out ? "ReadTimeout: " : "ConnectError: All connection attempts failed";
        co_return reply;
    }
    reply.status = answer->status;
    session_ = std::string(answer->headers.get("mcp-session-id").value_or(""));
    if (answer->status >= 400) {
        reply.failure = status_failure(answer->status, child_.url);
        co_return reply;
    }
    auto found = find_answer(answer->body, id);
    if (found) {
        reply.message = std::move(*found);
    } else {
        reply.failure = "McpError: Connection closed";
    }
    co_return reply;
}

/// One re-mint on 401, as agent-utilities does from 0.51 on.
asio::awaitable<Result<HttpResponse>>
Peer::post(std::string session, std::string body, std::string id, Duration limit) {
    std::string token = co_await bearer();
    for (int attempt = 0;; ++attempt) {
        HttpRequest request("POST", child_.url);
        request.headers.add("User-Agent", "python-httpx/0.28.1");
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Accept", "application/json, text/event-stream");
        if (!token.empty()) {
            request.headers.add("Authorization", "Bearer " + token);
        }
        if (!child_.agent_id.empty()) {
            request.headers.add("X-Agent-ID", child_.agent_id);
        }
        if (!session.empty()) {
            request.headers.add("Mcp-Session-Id", session);
            request.headers.add("MCP-Protocol-Version", std::string(kVersion));
        }
        request.body = body;
        request.response_limit = 16U << 20U;  // none in the original
        if (!id.empty()) {
            auto complete = [id](std::string_view so_far) {
                return find_answer(so_far, id).has_value();
            };
            request.enough = std::move(complete);
        }
        auto sending = outside_.transport.send(std::move(request));
        auto answer = co_await within(outside_.clock, limit, std::move(sending));
        if (!answer || answer->status != 401 || freezes_token_ || attempt > 0) {
            co_return answer;
        }
        token = co_await tokens_->renewed();
    }
}

asio::awaitable<std::string> Peer::bearer() {
    if (!freezes_token_) {
        co_return co_await tokens_->current();
    }
    if (frozen_.empty()) {
        frozen_ = co_await tokens_->current();
    }
    co_return frozen_;
}

}  // namespace wavegate::sandbox
