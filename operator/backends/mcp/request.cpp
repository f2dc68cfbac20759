#include "operator/backends/mcp/wire.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/formats/sse.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::mcp {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersion = "2025-06-18";
/// A page that is no MCP answer may be long; its marks are at its beginning.
constexpr std::size_t kKnockBody = 64U << 10U;
/// Of what is answered by a status, or by a few words.
constexpr std::size_t kSmallBody = 64U << 10U;

SecretValue bearer_header(const Secret& token) {
    std::string text = "Bearer ";
    token.reveal([&](std::string_view value) { text += value; });
    return make_secret(std::move(text));
}

HttpRequest session_request(const Session& session, std::string method) {
    HttpRequest request(std::move(method), session.endpoint.url);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json, text/event-stream");
    request.credentials = session.endpoint.credentials;
    request.credentials.push_back(Credential::probe());
    if (session.endpoint.bearer) {
        request.secret_headers.emplace_back(
            "Authorization", bearer_header(*session.endpoint.bearer));
    }
    if (!session.endpoint.agent_id.empty()) {
        request.headers.add("X-Agent-ID", session.endpoint.agent_id);
    }
    if (!session.id.empty()) {
        request.headers.add("Mcp-Session-Id", session.id);
    }
    if (!session.version.empty()) {
        request.headers.add("MCP-Protocol-Version", session.version);
    }
    return request;
}

/// Watches an event stream grow for the event that answers `id`. It reads each event once, and
/// looks for an end only in what is new.
class AnswerWatch {
  public:
    explicit AnswerWatch(std::int64_t id) : id_(id) {}

    bool operator()(std::string_view body) {
        const std::size_t from = std::max(read_, seen_ < kEnd ? 0 : seen_ - kEnd);
        seen_ = body.size();
        const std::size_t end = last_end(body, from);
        if (end <= read_) {
            return false;
        }
        const auto events = formats::parse_sse(body.substr(read_, end - read_));
        read_ = end;
        return std::any_of(events.begin(), events.end(), [this](const formats::SseEvent& event) {
            const auto message = formats::parse_json(event.data);
            return message && message->is_object() && answers(message->get_object(), id_);
        });
    }

  private:
    static constexpr std::size_t kEnd = 4;  ///< length of the longest blank line

    /// Behind the last blank line that begins at `from` or later; 0: there is none.
    static std::size_t last_end(std::string_view body, std::size_t from) {
        const std::string_view fresh = body.substr(from);
        std::size_t end = 0;
        for (const std::string_view blank : {"\r\n\r\n", "\n\n", "\r\r"}) {
            if (const auto at = fresh.rfind(blank); at != std::string_view::npos) {
                end = std::max(end, from + at + blank.size());
            }
        }
        return end;
    }

    std::int64_t id_;
    std::size_t read_ = 0;  ///< events before this have been looked at
    std::size_t seen_ = 0;
};

}  // namespace

HttpRequest rpc_request(
    const Session& session,
    std::int64_t id,
    std::string_view method,
    json::object params,
    std::size_t limit) {
    json::object message;
    message["jsonrpc"] = "2.0";
    message["id"] = id;
    message["method"] = method;
    message["params"] = std::move(params);
    HttpRequest request = session_request(session, "POST");
    request.body = json::serialize(message);
    request.enough = AnswerWatch(id);
    request.response_limit = limit;
    return request;
}

HttpRequest initialized_request(const Session& session) {
    HttpRequest request = session_request(session, "POST");
    request.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
    request.head_is_enough = true;
    request.response_limit = kSmallBody;
    return request;
}

HttpRequest delete_request(const Session& session) {
    HttpRequest request = session_request(session, "DELETE");
    request.head_is_enough = true;
    request.response_limit = kSmallBody;
    return request;
}

HttpRequest knock_request(std::string url, bool garbage) {
    HttpRequest request("POST", std::move(url));
    request.credentials.push_back(Credential::probe());
    if (garbage) {
        request.headers.add("Authorization", "Bearer garbage");
    }
    request.enough = [](std::string_view body) { return body.size() >= kKnockBody; };
    return request;
}

HttpRequest present_request(const McpEndpoint& endpoint) {
    HttpRequest request = knock_request(endpoint.url, false);
    if (endpoint.bearer) {
        request.secret_headers.emplace_back("Authorization", bearer_header(*endpoint.bearer));
    }
    return request;
}

HttpRequest health_request(std::string url) {
    HttpRequest request("GET", std::move(url));
    request.credentials.push_back(Credential::probe());
    request.head_is_enough = true;
    request.enough = [](std::string_view /*body*/) { return true; };
    return request;
}

json::object initialize_params() {
    json::object client;
    client["name"] = "wavegate";
    client["version"] = "0";
    json::object params;
    params["protocolVersion"] = kVersion;
    params["capabilities"] = json::object();
    params["clientInfo"] = std::move(client);
    return params;
}

json::object call_params(std::string_view tool, json::object arguments) {
    json::object params;
    params["name"] = tool;
    params["arguments"] = std::move(arguments);
    return params;
}

}  // namespace wavegate::mcp
