#pragma once

#include "operator/backends/mcp/tool_walk.hpp"
#include "operator/base/result.hpp"
#include "operator/ports/mcp.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::mcp {

/// One JSON-RPC answer: the result, or the error's code and text.
struct RpcAnswer {
    boost::json::object result;
    std::optional<int> error;
    std::string message;
    std::size_t size = 0;  ///< bytes of the body that it came in
};

/// An open session: what every later request repeats.
struct Session {
    Session() = default;
    explicit Session(McpEndpoint where) : endpoint(std::move(where)) {}

    McpEndpoint endpoint;
    std::string id;       ///< empty: none was given (stateless server, or not yet open)
    std::string version;  ///< negotiated; empty: not yet
};

/// A POST of one JSON-RPC request. It ends as soon as the answer with `id` is complete, whether or
/// not the server closes the stream; an answer of more than `limit` bytes is refused.
HttpRequest rpc_request(
    const Session& session,
    std::int64_t id,
    std::string_view method,
    boost::json::object params,
    std::size_t limit);
/// notifications/initialized, which has no answer: to be taken is enough, a stream may stay open.
HttpRequest initialized_request(const Session& session);
HttpRequest delete_request(const Session& session);
HttpRequest knock_request(std::string url, bool garbage);
/// The same with the endpoint's own bearer.
HttpRequest present_request(const McpEndpoint& endpoint);
/// A GET of which the status alone counts.
HttpRequest health_request(std::string url);

boost::json::object initialize_params();
boost::json::object call_params(std::string_view tool, boost::json::object arguments);

/// Is this the message that answers `id`? Numbers count by value: some write 1.0 for 1.
bool answers(const boost::json::object& message, std::int64_t id);
/// What an HTTP status other than 2xx means (ports/mcp.hpp), with it in Error::status().
/// `in_session`: the request bore the id of a session.
std::optional<Error> status_error(const HttpResponse& response, bool in_session);
/// The answer with `id`; notifications, pings and other ids are passed over. Protocol: there is
/// none. Throttled: the fleet's own rate limit, in whatever dress.
Result<RpcAnswer> read_answer(const HttpResponse& response, std::int64_t id, bool in_session);

KnockAnswer read_knock(const HttpResponse& response);
/// serverInfo and the negotiated version.
Result<McpListing> read_welcome(const RpcAnswer& answer);
/// One page of tools; returns nextCursor, "" on the last page.
Result<std::string> read_tools(const RpcAnswer& answer, ToolWalk& walk);
McpCallAnswer read_call(const RpcAnswer& answer);

struct Loaded {
    std::vector<std::string> exposed;           ///< newly_exposed
    std::map<std::string, std::string> failed;  ///< by child
};
Result<Loaded> read_loaded(const RpcAnswer& answer);
Result<std::map<std::string, ChildState>> read_children(const RpcAnswer& answer);

}  // namespace wavegate::mcp
