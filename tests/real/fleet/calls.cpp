#include "tests/real/fleet/calls.hpp"

#include "tests/real/support/http.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace wavegate::testing {

namespace json = boost::json;

namespace {

/// The last message of an event stream that answers us.
json::object answer_in(const std::string& body) {
    std::istringstream lines(body);
    json::object answer;
    for (std::string line; std::getline(lines, line);) {
        constexpr std::string_view mark = "data: ";
        boost::system::error_code failed;
        auto message =
            json::parse(line.starts_with(mark) ? line.substr(mark.size()) : line, failed);
        if (!failed && message.is_object() && message.get_object().contains("id")) {
            answer = std::move(message.get_object());
        }
    }
    return answer;
}

}  // namespace

int knock(const std::string& url) {
    return testing::ask(HttpRequest("POST", url)).status;
}

Conversation::Conversation(std::string url, Caller caller)
    : url_(std::move(url)), caller_(std::move(caller)) {
    const auto told =
        ask("initialize",
            {{"protocolVersion", "2025-06-18"},
             {"capabilities", json::object()},
             {"clientInfo", {{"name", "test"}, {"version", "1"}}}});
    open_ = told.contains("serverInfo");
    if (open_) {
        ask("notifications/initialized", {});
    }
}

json::object Conversation::ask(const std::string& method, const json::object& params) {
    HttpRequest request("POST", url_);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json, text/event-stream");
    if (!caller_.token.empty()) {
        request.headers.add("Authorization", "Bearer " + caller_.token);
    }
    if (!caller_.agent_id.empty()) {
        request.headers.add("x-agent-id", caller_.agent_id);
    }
    if (!session_.empty()) {
        request.headers.add("mcp-session-id", session_);
    }
    json::object message{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
    if (!method.starts_with("notifications/")) {
        message["id"] = ++id_;
    }
    request.body = json::serialize(message);
    const auto response = testing::ask(std::move(request));
    if (const auto session = response.headers.get("mcp-session-id"); session && session_.empty()) {
        session_ = *session;
    }
    const auto answer = answer_in(response.body);
    const auto* result = answer.if_contains("result");
    return result != nullptr && result->is_object() ? result->get_object() : json::object();
}

std::vector<std::string> Conversation::tools() {
    std::vector<std::string> names;
    const auto listed = ask("tools/list", {});
    if (const auto* tools = listed.if_contains("tools")) {
        for (const auto& tool : tools->as_array()) {
            names.emplace_back(tool.at("name").as_string());
        }
    }
    return names;
}

std::string Conversation::call(const std::string& tool, const json::object& arguments) {
    const auto result = ask("tools/call", {{"name", tool}, {"arguments", arguments}});
    const auto* content = result.if_contains("content");
    if (content == nullptr || content->as_array().empty()) {
        return {};
    }
    return std::string(content->as_array().front().at("text").as_string());
}

std::string call_through(const std::string& multiplexer, const std::string& service) {
    Conversation talk(multiplexer, {});
    const auto before = talk.tools();
    talk.call("load_tools", {{"servers", json::array{service}}});
    const auto tools = talk.tools();
    const auto mine = std::find_if(tools.begin(), tools.end(), [&](const std::string& tool) {
        return std::find(before.begin(), before.end(), tool) == before.end();
    });
    if (mine == tools.end()) {
        return {};
    }
    const auto ping = std::find_if(
        tools.begin(), tools.end(), [](const auto& tool) { return tool.ends_with("__ping"); });
    return ping == tools.end() ? talk.call(*mine, {{"__test__", true}}) : talk.call(*ping);
}

}  // namespace wavegate::testing
