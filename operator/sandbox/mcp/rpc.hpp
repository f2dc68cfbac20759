#pragma once

#include "operator/ports/http.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

namespace json = boost::json;

struct RpcError {
    int code = 0;
    std::string message;
};

/// What a server says to one JSON-RPC request: a result, or an error.
struct RpcReply {
    RpcReply() = default;
    explicit RpcReply(json::object value) : result(std::move(value)) {}
    explicit RpcReply(RpcError failure) : error(std::move(failure)) {}

    json::object result;
    std::optional<RpcError> error;
    std::vector<std::string> logs;  ///< sent as notifications/message before the answer
};

RpcReply rpc_error(int code, std::string message);

/// A member that is an object, or null; that is a string, or "".
const json::object* object_at(const json::object& object, std::string_view key);
std::string text_at(const json::object& object, std::string_view key);

/// What a tool gives back.
struct ToolResult {
    std::string text;
    json::value structured;  ///< null: no structuredContent
    bool is_error = false;
    std::vector<std::string> logs;
};
ToolResult tool_error(std::string text);

/// The result object of tools/call.
RpcReply to_reply(const ToolResult& result);

/// A whole JSON-RPC message.
json::object message_of(const json::value& id, const RpcReply& reply);
/// One "event: message" of an SSE stream, CRLF ends as uvicorn sends them.
std::string sse_event(const json::object& message);
json::object log_notification(std::string_view text);

/// JSON as Python's json.dumps(value, indent=2) writes it.
std::string pretty(const json::value& value);
/// A value as Python's repr shows it, and its type's name.
std::string python_repr(const json::value& value);
std::string_view python_type(const json::value& value);

/// An answer with `server: uvicorn`; `content_type` empty: none.
HttpResponse plain_answer(int status, std::string_view content_type, std::string body);
/// A JSON-RPC error as the SDK's transport sends it: id "server-error".
HttpResponse transport_error(int status, int code, std::string_view message);

}  // namespace wavegate::sandbox
