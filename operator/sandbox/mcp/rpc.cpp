#include "operator/sandbox/mcp/rpc.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::sandbox {
namespace {

void write_pretty(const json::value& value, const std::string& indent, std::string& out);

void write_item(const json::value& value, const std::string& indent, bool first, std::string& out) {
    out += first ? "\n" : ",\n";
    out += indent;
    write_pretty(value, indent, out);
}

void write_object(const json::object& object, const std::string& indent, std::string& out) {
    const std::string inner = indent + "  ";
    bool first = true;
    out += '{';
    for (const auto& field : object) {
        out += first ? "\n" : ",\n";
        out += inner + json::serialize(json::value(field.key())) + ": ";
        write_pretty(field.value(), inner, out);
        first = false;
    }
    out += "\n" + indent + "}";
}

void write_array(const json::array& array, const std::string& indent, std::string& out) {
    const std::string inner = indent + "  ";
    bool first = true;
    out += '[';
    for (const auto& item : array) {
        write_item(item, inner, first, out);
        first = false;
    }
    out += "\n" + indent + "]";
}

void write_pretty(const json::value& value, const std::string& indent, std::string& out) {
    if (value.is_object() && !value.get_object().empty()) {
        write_object(value.get_object(), indent, out);
    } else if (value.is_array() && !value.get_array().empty()) {
        write_array(value.get_array(), indent, out);
    } else {
        out += json::serialize(value);
    }
}

template <class Range, class Show>
std::string joined(const Range& range, char open, char close, const Show& show) {
    std::string out(1, open);
    for (const auto& item : range) {
        out += out.size() > 1 ? ", " : "";
        out += show(item);
    }
    return out + close;
}

}  // namespace

RpcReply rpc_error(int code, std::string message) {
    RpcError error;
    error.code = code;
    error.message = std::move(message);
    return RpcReply(std::move(error));
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

ToolResult tool_error(std::string text) {
    ToolResult result;
    result.text = std::move(text);
    result.is_error = true;
    return result;
}

RpcReply to_reply(const ToolResult& result) {
    json::object text;
    text["type"] = "text";
    text["text"] = result.text;
    json::object body;
    body["content"] = json::array(1, std::move(text));
    if (!result.structured.is_null()) {
        body["structuredContent"] = result.structured;
    }
    body["isError"] = result.is_error;
    RpcReply reply(std::move(body));
    reply.logs = result.logs;
    return reply;
}

json::object message_of(const json::value& id, const RpcReply& reply) {
    json::object message;
    message["jsonrpc"] = "2.0";
    message["id"] = id;
    if (reply.error) {
        json::object error;
        error["code"] = reply.error->code;
        error["message"] = reply.error->message;
        message["error"] = std::move(error);
    } else {
        message["result"] = reply.result;
    }
    return message;
}

std::string sse_event(const json::object& message) {
    return "event: message\r\ndata: " + json::serialize(message) + "\r\n\r\n";
}

json::object log_notification(std::string_view text) {
    json::object data;
    data["msg"] = text;
    data["extra"] = nullptr;
    json::object params;
    params["level"] = "info";
    params["data"] = std::move(data);
    json::object message;
    message["method"] = "notifications/message";
    message["params"] = std::move(params);
    message["jsonrpc"] = "2.0";
    return message;
}

std::string pretty(const json::value& value) {
    std::string out;
    write_pretty(value, "", out);
    return out;
}

std::string python_repr(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "None";
        case json::kind::bool_:
            return value.get_bool() ? "True" : "False";
        case json::kind::string:
            return "'" + std::string(value.get_string()) + "'";
        case json::kind::array:
            return joined(value.get_array(), '[', ']', python_repr);
        case json::kind::object:
            return joined(value.get_object(), '{', '}', [](const auto& field) {
                return "'" + std::string(field.key()) + "': " + python_repr(field.value());
            });
        default:
            return json::serialize(value);
    }
}

std::string_view python_type(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "NoneType";
        case json::kind::bool_:
            return "bool";
        case json::kind::string:
            return "str";
        case json::kind::array:
            return "list";
        case json::kind::object:
            return "dict";
        case json::kind::double_:
            return "float";
        default:
            return "int";
    }
}

HttpResponse plain_answer(int status, std::string_view content_type, std::string body) {
    HttpResponse response(status, std::move(body));
    response.headers.add("server", "uvicorn");
    if (!content_type.empty()) {
        response.headers.add("content-type", std::string(content_type));
    }
    return response;
}

HttpResponse transport_error(int status, int code, std::string_view message) {
    RpcError error;
    error.code = code;
    error.message = message;
    const json::object body = message_of("server-error", RpcReply(std::move(error)));
    return plain_answer(status, "application/json", json::serialize(body));
}

}  // namespace wavegate::sandbox
