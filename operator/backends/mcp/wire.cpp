#include "operator/backends/mcp/wire.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/challenge.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/formats/sse.hpp"
#include "operator/net/status.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace wavegate::mcp {
namespace {

namespace json = boost::json;
using formats::array_at;
using formats::flag_at;
using formats::number_at;
using formats::object_at;
using formats::text_at;

constexpr std::string_view kRateLimited = "Rate limit exceeded for client:";
/// Texts that say that the service could not ask its policy server (mcp.md §4, eunomia.md).
constexpr std::array<std::string_view, 3> kPolicyServerDown{
    "[Errno ",
    "/check",
    "authorization service unavailable"};
/// How the SDKs' own words to a POST that is no JSON-RPC begin (Python's, Go's).
constexpr std::array<std::string_view, 5> kSdkTexts{
    "Invalid Content-Type header",
    "Payload too large",
    "Content-Type must be 'application/json'",
    "Accept must contain",
    "POST requires a non-empty body"};

/// What the SDKs' checks against DNS rebinding say (TypeScript and Go with 403, Python with 421).
constexpr std::string_view kHostRefused = "invalid host";
/// A session that this server, or this one of its replicas, never heard of: by SDK.
constexpr std::array<std::string_view, 4> kSessionLost{
    "session not found",
    "valid session id",
    "unknown session",
    "server not initialized"};

/// The marks of a refusal stand at its beginning.
std::string beginning(const HttpResponse& response) {
    constexpr std::size_t most = 4'096;
    return to_lower(std::string_view(response.body).substr(0, most));
}

bool refuses_host(const HttpResponse& response) {
    return response.status == 421 ||
           (response.status == 403 && beginning(response).find(kHostRefused) != std::string::npos);
}

bool has_lost_session(const HttpResponse& response) {
    const auto text = beginning(response);
    return (response.status == 404 || response.status == 400) &&
           std::any_of(kSessionLost.begin(), kSessionLost.end(), [&](std::string_view mark) {
               return text.find(mark) != std::string::npos;
           });
}

/// Scheme, host and path of a redirect's address: what stands before an @ or behind a question
/// mark may be a secret.
std::string shown_address(std::string_view address) {
    constexpr std::size_t most = 200;
    auto shown = address.substr(0, std::min(address.find_first_of("?#"), most));
    const auto host = shown.find("//");
    const auto at = shown.find('@', host == std::string_view::npos ? 0 : host);
    if (at != std::string_view::npos) {
        shown = {};
    }
    return is_utf8(shown) ? std::string(shown) : std::string();
}

/// It becomes a header of every later request.
bool is_version(std::string_view text) {
    constexpr std::size_t most = 32;
    return !text.empty() && text.size() <= most &&
           std::all_of(text.begin(), text.end(), [](unsigned char sign) {
               return std::isalnum(sign) != 0 || sign == '-' || sign == '.';
           });
}

Error protocol_error(std::string message) {
    return {ErrorKind::Protocol, std::move(message)};
}

std::string content_type(const HttpResponse& response) {
    return to_lower(response.headers.get("content-type").value_or(""));
}

/// Nothing when this message is not the answer to `id`.
std::optional<RpcAnswer> as_answer(std::string_view text, std::int64_t id) {
    auto message = formats::parse_json(text);
    auto* object = message ? message->if_object() : nullptr;
    if (object == nullptr || !answers(*object, id)) {
        return std::nullopt;
    }
    RpcAnswer answer;
    if (const auto* error = object_at(*object, {"error"})) {
        answer.error = static_cast<int>(number_at(*error, {"code"}));
        answer.message = text_at(*error, {"message"});
        return answer;
    }
    auto* result = object->if_contains("result");
    if (result == nullptr || !result->is_object()) {
        return std::nullopt;
    }
    answer.result = std::move(result->get_object());
    return answer;
}

std::optional<RpcAnswer> find_answer(const HttpResponse& response, std::int64_t id) {
    const std::string type = content_type(response);
    if (type.starts_with("application/json")) {
        return as_answer(response.body, id);
    }
    if (type.starts_with("text/event-stream")) {
        for (const auto& event : formats::parse_sse(response.body)) {
            if (auto answer = as_answer(event.data, id)) {
                return answer;
            }
        }
    }
    return std::nullopt;
}

std::string text_of(const json::object& result) {
    std::string text;
    if (const auto* contents = array_at(result, {"content"})) {
        for (const auto& content : *contents) {
            const auto* part = content.if_object();
            if (part != nullptr && text_at(*part, {"type"}) == "text") {
                text += text.empty() ? "" : "\n";
                text += text_at(*part, {"text"});
            }
        }
    }
    return text;
}

bool rate_limited(const RpcAnswer& answer) {
    return answer.message.starts_with(kRateLimited) ||
           text_of(answer.result).starts_with(kRateLimited);
}

/// A JSON-RPC error where only a result is of use. The policy server's absence is told apart: it
/// is not the service's fault.
Error refused(std::string_view method, const RpcAnswer& answer) {
    const bool policy_server =
        std::any_of(kPolicyServerDown.begin(), kPolicyServerDown.end(), [&](std::string_view mark) {
            return answer.message.find(mark) != std::string::npos;
        });
    if (policy_server) {
        return Error(ErrorKind::Unavailable, "the service cannot reach its policy server")
            .in(method)
            .with_status(200);
    }
    return protocol_error("JSON-RPC error").in(method).with_status(200);
}

McpTool read_tool(const json::object& object) {
    McpTool tool;
    tool.name = text_at(object, {"name"});
    if (const auto* schema = object_at(object, {"inputSchema"})) {
        const auto* required = array_at(*schema, {"required"});
        tool.has_required = required != nullptr && !required->empty();
    }
    if (const auto* annotations = object_at(object, {"annotations"})) {
        tool.read_only = flag_at(*annotations, {"readOnlyHint"});
    }
    return tool;
}

const json::object* structured(const RpcAnswer& answer) {
    return object_at(answer.result, {"structuredContent"});
}

}  // namespace

bool answers(const json::object& message, std::int64_t id) {
    return formats::integer_at(message, {"id"}) == id && !message.contains("method");
}

std::optional<Error> status_error(const HttpResponse& response, bool in_session) {
    const int status = response.status;
    if (status >= 200 && status < 300) {
        return std::nullopt;
    }
    Error error(ErrorKind::Protocol, "unexpected HTTP status");
    if (refuses_host(response)) {
        error = Error(ErrorKind::Invalid, "the server refuses this Host");
    } else if (in_session && has_lost_session(response)) {
        error = Error(ErrorKind::Conflict, "the session that it gave is unknown to it");
    } else if (status == 401 || status == 403) {
        error = Error(ErrorKind::Denied, "token refused");
    } else if (status == 404) {
        error = Error(ErrorKind::NotFound, "no MCP endpoint");
    } else if (status == 429) {
        error = Error(ErrorKind::Throttled, "too many requests");
    } else if (status >= 300 && status < 400) {
        error = Error(ErrorKind::Protocol, "redirected");
    } else if (status >= 502 && status <= 504) {
        error = Error(ErrorKind::Unavailable, "the proxy has no upstream", Effect::Maybe);
    }
    return net::with_status(std::move(error), response);
}

Result<RpcAnswer> read_answer(const HttpResponse& response, std::int64_t id, bool in_session) {
    if (auto error = status_error(response, in_session)) {
        return std::move(*error);
    }
    auto answer = find_answer(response, id);
    if (!answer) {
        return protocol_error("not an MCP answer").with_status(response.status);
    }
    if (rate_limited(*answer)) {
        return Error(ErrorKind::Throttled, "rate limit").with_status(response.status);
    }
    answer->size = response.body.size();
    return std::move(*answer);
}

KnockAnswer read_knock(const HttpResponse& response) {
    KnockAnswer answer;
    answer.status = response.status;
    answer.empty = response.body.empty();
    for (const auto& [name, value] : response.headers.fields()) {
        answer.caddy = answer.caddy || (iequals(name, "server") && iequals(value, "caddy"));
        answer.bearer_challenge =
            answer.bearer_challenge ||
            (iequals(name, "www-authenticate") && formats::has_challenge(value, "bearer"));
    }
    answer.host_refused = refuses_host(response);
    if (response.status >= 300 && response.status < 400) {
        answer.location = shown_address(response.headers.get("location").value_or(""));
    }
    const auto body = formats::parse_json(response.body);
    const auto* object = body ? body->if_object() : nullptr;
    answer.invalid_token_json = object != nullptr && text_at(*object, {"error"}) == "invalid_token";
    answer.mcp_answer = (object != nullptr && object->contains("jsonrpc")) ||
                        content_type(response).starts_with("text/event-stream") ||
                        std::any_of(kSdkTexts.begin(), kSdkTexts.end(), [&](std::string_view text) {
                            return response.body.starts_with(text);
                        });
    return answer;
}

Result<McpListing> read_welcome(const RpcAnswer& answer) {
    if (answer.error) {
        return refused("initialize", answer);
    }
    McpListing listing;
    listing.protocol_version = text_at(answer.result, {"protocolVersion"});
    if (!is_version(listing.protocol_version)) {
        return protocol_error("initialize: protocolVersion is missing, or none");
    }
    if (const auto* server = object_at(answer.result, {"serverInfo"})) {
        listing.server_name = text_at(*server, {"name"});
        listing.server_version = text_at(*server, {"version"});
    }
    return listing;
}

Result<std::string> read_tools(const RpcAnswer& answer, ToolWalk& walk) {
    if (answer.error) {
        return refused("tools/list", answer);
    }
    const auto* listed = array_at(answer.result, {"tools"});
    if (listed == nullptr) {
        return protocol_error("tools/list: tools is missing");
    }
    for (const auto& item : *listed) {
        const auto* object = item.if_object();
        if (object == nullptr || text_at(*object, {"name"}).empty()) {
            return protocol_error("tools/list: a tool without name");
        }
        walk.keep(read_tool(*object));
    }
    walk.spend(answer.size);
    return text_at(answer.result, {"nextCursor"});
}

McpCallAnswer read_call(const RpcAnswer& answer) {
    McpCallAnswer call;
    call.rpc_error = answer.error;
    call.is_error = flag_at(answer.result, {"isError"});
    call.text = answer.error ? answer.message : text_of(answer.result);
    return call;
}

Result<Loaded> read_loaded(const RpcAnswer& answer) {
    const auto* body = structured(answer);
    const auto* exposed = body != nullptr ? array_at(*body, {"newly_exposed"}) : nullptr;
    const auto* failed = body != nullptr ? object_at(*body, {"failed"}) : nullptr;
    if (exposed == nullptr || failed == nullptr) {
        return protocol_error("load_tools: newly_exposed or failed is missing");
    }
    Loaded loaded;
    for (const auto& name : *exposed) {
        if (name.is_string()) {
            loaded.exposed.emplace_back(name.get_string());
        }
    }
    for (const auto& child : *failed) {
        loaded.failed[child.key()] = text_at(*failed, {child.key()});
    }
    return loaded;
}

Result<std::map<std::string, ChildState>> read_children(const RpcAnswer& answer) {
    const auto* body = structured(answer);
    const auto* children = body != nullptr ? object_at(*body, {"children"}) : nullptr;
    if (children == nullptr) {
        return protocol_error("multiplexer_status: children is missing");
    }
    std::map<std::string, ChildState> states;
    for (const auto& child : *children) {
        if (const auto* object = child.value().if_object()) {
            ChildState& state = states[child.key()];
            state.state = text_at(*object, {"state"});
            state.breaker = text_at(*object, {"breaker"});
            state.restart_count = static_cast<int>(number_at(*object, {"restart_count"}));
        }
    }
    return states;
}

}  // namespace wavegate::mcp
