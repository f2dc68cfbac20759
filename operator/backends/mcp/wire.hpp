#pragma once

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
/// not the server closes the stream.
HttpRequest rpc_request(
    const Session& session,
    std::int64_t id,
    std::string_view method,
    boost::json::object params);
/// notifications/initialized, which has no answer.
HttpRequest initialized_request(const Session& session);
HttpRequest delete_request(const Session& session);
HttpRequest knock_request(std::string url, bool garbage);

boost::json::object initialize_params();
boost::json::object call_params(std::string_view tool, boost::json::object arguments);

/// What an HTTP status other than 2xx means (ports/mcp.hpp), with it in Error::status().
std::optional<Error> status_error(const HttpResponse& response);
/// The answer with `id`; notifications, pings and other ids are passed over. Protocol: there is
/// none. Throttled: the fleet's own rate limit, in whatever dress.
Result<RpcAnswer> read_answer(const HttpResponse& response, std::int64_t id);

KnockAnswer read_knock(const HttpResponse& response);
/// serverInfo and the negotiated version.
Result<McpListing> read_welcome(const RpcAnswer& answer);
/// One page of tools; returns nextCursor, "" on the last page.
Result<std::string> read_tools(const RpcAnswer& answer, std::vector<McpTool>& tools);
McpCallAnswer read_call(const RpcAnswer& answer);

struct Loaded {
    std::vector<std::string> exposed;           ///< newly_exposed
    std::map<std::string, std::string> failed;  ///< by child
};
Result<Loaded> read_loaded(const RpcAnswer& answer);
Result<std::map<std::string, ChildState>> read_children(const RpcAnswer& answer);

}  // namespace wavegate::mcp
