#include "operator/sandbox/mcp/answers.hpp"

#include "operator/base/digest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr std::size_t kRequestLimit = 4U << 20U;
constexpr std::array<std::string_view, 4> kVersions{
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    "2025-11-25"};
constexpr std::string_view kInvalidToken =
    "Authentication failed. The provided bearer token is invalid, expired, or no longer recognized "
    "by the server. To resolve: clear authentication tokens in your MCP client and reconnect. Your "
    "client should automatically re-register and obtain new tokens.";

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

}  // namespace

std::string header_of(const HttpRequest& request, std::string_view name) {
    return std::string(request.headers.get(name).value_or(""));
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
    if (!header_of(request, "content-type").starts_with("application/json")) {
        return plain_answer(400, "", "Invalid Content-Type header");
    }
    const std::string accept = header_of(request, "accept");
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

RpcReply welcome(const WireBehaviour& wire, const json::object& params) {
    const std::string wanted = text_at(params, "protocolVersion");
    json::object info;
    info["name"] = wire.server_name;
    info["version"] = version_of(wire.generation);
    json::object result;
    result["protocolVersion"] = known_version(wanted) ? wanted : std::string(kVersions.back());
    result["capabilities"] = capabilities();
    result["serverInfo"] = std::move(info);
    if (!wire.instructions.empty()) {
        result["instructions"] = wire.instructions;
    }
    return RpcReply(std::move(result));
}

RpcReply page_of(const WireBehaviour& wire, RpcReply all, const json::object& params) {
    if (wire.stuck_cursor && !all.error) {
        all.result["nextCursor"] = "once-more";
    }
    if (wire.page_size == 0 || all.error) {
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
    const std::size_t to = std::min(from + wire.page_size, tools.size());
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

}  // namespace wavegate::sandbox
