#include "operator/backends/mcp/client.hpp"

#include "operator/backends/mcp/names.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::mcp {
namespace {

namespace json = boost::json;

/// Of one answer to one request, instructions and a tool's result included.
constexpr std::size_t kMostBytes = 8U << 20U;
/// A multiplexer lists the tools of a whole fleet; only their names are kept, and not for long.
constexpr WalkLimits kOfAFleet{16U << 20U, 50'000};

template <class T>
bool was_cancelled(const Result<T>& outcome) {
    return !outcome && outcome.error().kind() == ErrorKind::Cancelled;
}

Result<json::object> parse_arguments(std::string_view text) {
    boost::system::error_code failure;
    json::value parsed = json::parse(text, failure);
    if (failure || !parsed.is_object()) {
        return Error(ErrorKind::Internal, "probe arguments are not a JSON object");
    }
    return std::move(parsed.get_object());
}

Error not_there(std::string message) {
    return {ErrorKind::NotFound, std::move(message)};
}

/// The child is there with other tools: what lacks is left out by its settings.
Error hidden() {
    return {ErrorKind::Invalid, "the multiplexer shows other tools of this child, not this one"};
}

bool lists_any(const std::vector<std::string>& listed, const std::string& prefix) {
    return std::any_of(listed.begin(), listed.end(), [&](const std::string& name) {
        return name.starts_with(prefix);
    });
}

/// What a session that is kept may say by itself. Of anything else (it was lost, or shows other
/// tools by now) a new one tells. A hang is not waited for twice, and who is over a rate limit is
/// left alone.
bool is_final(const Result<McpCallAnswer>& answer) {
    if (!answer) {
        const auto kind = answer.error().kind();
        return kind == ErrorKind::Timeout || kind == ErrorKind::Cancelled ||
               kind == ErrorKind::Throttled;
    }
    const bool unknown = answer->text.find("Unknown tool") != std::string::npos ||
                         answer->text.find("not loaded in this session") != std::string::npos;
    return !answer->rpc_error && !unknown;
}

}  // namespace

Task<KnockAnswer> Client::knock(std::string url, bool garbage) {
    HttpRequest request = knock_request(std::move(url), garbage);
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return response.take_error().in("knock");
    }
    co_return read_knock(*response);
}

Task<KnockAnswer> Client::present(McpEndpoint endpoint) {
    HttpRequest request = present_request(endpoint);
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return response.take_error().in("knock");
    }
    co_return read_knock(*response);
}

Task<McpListing> Client::list_tools(McpEndpoint endpoint) {
    Session session(std::move(endpoint));
    auto listing = co_await walk(session);
    if (!was_cancelled(listing)) {
        co_await close(session);
    }
    co_return listing;
}

Task<McpCallAnswer> Client::call(McpEndpoint multiplexer, ThroughCall call) {
    auto arguments = parse_arguments(call.arguments);
    if (!arguments) {
        co_return arguments.take_error();
    }
    if (clock_ != nullptr) {
        auto kept = co_await keep(multiplexer, call.dynamic);
        if (kept != nullptr) {
            auto answer = co_await call_kept(kept, call, *arguments);
            if (is_final(answer)) {
                co_return answer;
            }
            co_await drop(std::move(kept));
        }
    }
    Session session(std::move(multiplexer));
    auto answer = co_await call_within(session, std::move(call), std::move(*arguments));
    if (!was_cancelled(answer)) {
        co_await close(session);
    }
    co_return answer;
}

Task<MultiplexerView>
Client::multiplexer(McpEndpoint multiplexer, bool dynamic, std::vector<std::string> load) {
    Session session(std::move(multiplexer));
    auto seen = co_await view(session, dynamic, std::move(load));
    if (!was_cancelled(seen)) {
        co_await close(session);
    }
    co_return seen;
}

Task<int> Client::health(std::string url) {
    HttpRequest request = health_request(std::move(url));
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return response.take_error().in("health");
    }
    co_return response->status;
}

/// initialize and initialized. A server that gave a session id has a session, whatever it said.
Task<McpListing> Client::open(Session& session) {
    const std::int64_t id = ++last_id_;
    HttpRequest request = rpc_request(session, id, "initialize", initialize_params(), kMostBytes);
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return response.take_error().in("initialize");
    }
    if (response->status == 200) {
        session.id = std::string(response->headers.get("mcp-session-id").value_or(""));
    }
    auto answer = read_answer(*response, id, false);
    if (!answer) {
        co_return answer.take_error().in("initialize");
    }
    auto listing = read_welcome(*answer);
    if (!listing) {
        co_return listing;
    }
    session.version = listing->protocol_version;
    HttpRequest ready = initialized_request(session);
    auto noted = co_await transport_.send(std::move(ready));
    if (!noted) {
        co_return noted.take_error().in("initialized");
    }
    if (auto refused = status_error(*noted, !session.id.empty())) {
        co_return std::move(*refused).in("initialized");
    }
    co_return listing;
}

Task<RpcAnswer>
Client::ask(Session& session, std::string method, json::object params, std::size_t limit) {
    const std::int64_t id = ++last_id_;
    HttpRequest request = rpc_request(session, id, method, std::move(params), limit);
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return response.take_error().in(method);
    }
    auto answer = read_answer(*response, id, !session.id.empty());
    if (!answer) {
        co_return answer.take_error().in(method);
    }
    co_return answer;
}

Task<RpcAnswer> Client::use(Session& session, std::string tool, json::object arguments) {
    json::object params = call_params(tool, std::move(arguments));
    co_return co_await ask(session, "tools/call", std::move(params), kMostBytes);
}

/// What comes of it changes nothing: a session that stays ends by itself, only later.
asio::awaitable<void> Client::close(Session& session) {
    if (session.id.empty()) {
        co_return;
    }
    HttpRequest request = delete_request(session);
    auto ignored = co_await transport_.send(std::move(request));
    static_cast<void>(ignored);
}

Task<McpListing> Client::walk(Session& session) {
    auto listing = co_await open(session);
    if (!listing) {
        co_return listing;
    }
    WalkLimits limits;
    auto walked = co_await all_tools(session, limits);
    if (!walked) {
        co_return walked.take_error();
    }
    listing->left_out = walked->left_out();
    listing->tools = walked->take();
    co_return listing;
}

Task<ToolWalk> Client::all_tools(Session& session, WalkLimits limits) {
    ToolWalk walk(limits);
    json::object params;
    for (bool more = true; more;) {
        const auto room = walk.room();
        auto answer = co_await ask(session, "tools/list", params, room);
        if (!answer) {
            co_return answer.take_error();
        }
        auto cursor = read_tools(*answer, walk);
        if (!cursor) {
            co_return cursor.take_error();
        }
        more = walk.goes_on(*cursor);
        params["cursor"] = *cursor;
    }
    co_return walk;
}

Task<McpCallAnswer>
Client::call_within(Session& session, ThroughCall call, json::object arguments) {
    auto opened = co_await open(session);
    if (!opened) {
        co_return opened.take_error();
    }
    Result<std::string> name = std::string();
    if (call.dynamic) {
        name = co_await loaded_name(session, std::move(call));
    } else {
        name = co_await exposed_name(session, std::move(call));
    }
    if (!name) {
        co_return name.take_error();
    }
    auto answer = co_await use(session, std::move(*name), std::move(arguments));
    if (!answer) {
        co_return answer.take_error();
    }
    co_return read_call(*answer);
}

/// Eager mode: every tool's whole name.
Task<std::vector<std::string>> Client::exposed(Session& session) {
    auto tools = co_await all_tools(session, kOfAFleet);
    if (!tools) {
        co_return tools.take_error();
    }
    std::vector<std::string> listed;
    for (auto& tool : tools->take()) {
        listed.push_back(std::move(tool.name));
    }
    co_return listed;
}

Task<std::string> Client::exposed_name(Session& session, ThroughCall call) {
    auto listed = co_await exposed(session);
    if (!listed) {
        co_return listed.take_error();
    }
    co_return co_await name_among(session, *listed, std::move(call));
}

/// The tool's whole name, from the list and, where two prefixes fit, from the names of the
/// children.
Task<std::string>
Client::name_among(Session& session, const std::vector<std::string>& listed, ThroughCall call) {
    auto candidates = exposed_candidates(listed, call.child, call.tool);
    if (candidates.size() == 1) {
        co_return std::move(candidates.front());
    }
    auto known = co_await children(session);
    if (!known) {
        co_return known.take_error();
    }
    std::vector<std::string> names;
    for (const auto& [name, state] : *known) {
        names.push_back(name);
    }
    const std::string prefix = prefix_among(std::move(names), call.child) + "__";
    if (candidates.empty()) {
        const auto child = known->find(call.child);
        const bool up = child != known->end() && child->second.state == "up";
        if (up && lists_any(listed, prefix)) {
            co_return hidden();
        }
        co_return not_there("the multiplexer lists no such tool of this child");
    }
    for (auto& candidate : candidates) {
        if (candidate.starts_with(prefix)) {
            co_return std::move(candidate);
        }
    }
    co_return not_there("the multiplexer has not mounted this child");
}

/// Dynamic mode: the session is new, so what is newly exposed is all that the child has.
Task<std::string> Client::loaded_name(Session& session, ThroughCall call) {
    std::vector<std::string> wanted;
    wanted.push_back(call.child);
    auto loaded = co_await load(session, std::move(wanted));
    if (!loaded) {
        co_return loaded.take_error();
    }
    for (auto& name : loaded->exposed) {
        if (is_tool_of(name, call.child, call.tool)) {
            co_return std::move(name);
        }
    }
    if (loaded->failed.contains(call.child)) {
        co_return not_there("the multiplexer cannot load this child");
    }
    if (!loaded->exposed.empty()) {
        co_return hidden();
    }
    co_return not_there("the multiplexer shows no such tool of this child");
}

Task<Loaded> Client::load(Session& session, std::vector<std::string> children) {
    json::array servers;
    for (auto& child : children) {
        servers.emplace_back(child);
    }
    json::object arguments;
    arguments["servers"] = std::move(servers);
    auto answer = co_await use(session, "load_tools", std::move(arguments));
    if (!answer) {
        co_return answer.take_error();
    }
    co_return read_loaded(*answer);
}

Task<std::map<std::string, ChildState>> Client::children(Session& session) {
    json::object nothing;
    auto answer = co_await use(session, "multiplexer_status", std::move(nothing));
    if (!answer) {
        co_return answer.take_error();
    }
    co_return read_children(*answer);
}

Task<MultiplexerView>
Client::view(Session& session, bool dynamic, std::vector<std::string> load_first) {
    auto opened = co_await open(session);
    if (!opened) {
        co_return opened.take_error();
    }
    MultiplexerView seen;
    if (dynamic && !load_first.empty()) {
        auto loaded = co_await load(session, std::move(load_first));
        if (!loaded) {
            co_return loaded.take_error();
        }
        seen.failed = std::move(loaded->failed);
    }
    auto tools = co_await all_tools(session, kOfAFleet);
    if (!tools) {
        co_return tools.take_error();
    }
    for (auto& tool : tools->take()) {
        seen.tools.push_back(std::move(tool.name));
    }
    auto states = co_await children(session);
    if (!states) {
        co_return states.take_error();
    }
    seen.children = std::move(*states);
    co_return seen;
}

}  // namespace wavegate::mcp
