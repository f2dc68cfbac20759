#pragma once

#include "operator/base/task.hpp"
#include "operator/ports/http.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate {

/// What a POST without JSON-RPC got (mcp.md §2). No body is kept beyond these marks.
struct KnockAnswer {
    int status = 0;
    bool bearer_challenge = false;    ///< a Bearer challenge among those of www-authenticate
    bool mcp_answer = false;          ///< JSON-RPC or SSE, or the SDK's own 400/406/413 texts
    bool empty = false;               ///< no body
    bool caddy = false;               ///< Server: Caddy
    bool invalid_token_json = false;  ///< body {"error":"invalid_token"…}
    bool host_refused = false;        ///< 421, or 403 in the words of an SDK's host check
    std::string location;             ///< of a redirect, as far as it may be shown
};

struct McpEndpoint {
    std::string url;
    SecretValue bearer;    ///< null: none
    std::string agent_id;  ///< x-agent-id header; empty: none
    /// Whose the bearer is, where it was not minted for the probe.
    std::vector<Credential> credentials{};
};

struct McpTool {
    std::string name;
    bool has_required = false;
    bool read_only = false;  ///< annotation readOnlyHint
};

struct McpListing {
    std::string server_name;
    std::string server_version;
    std::string protocol_version;
    /// At most 2,000, of distinct names of at most 256 bytes: what others say is bounded here.
    std::vector<McpTool> tools;
    std::size_t left_out = 0;  ///< tools that were listed and not kept
};

/// The answer of tools/call. `text` is for classification in memory; never stored or shown.
struct McpCallAnswer {
    bool is_error = false;         ///< result.isError
    std::optional<int> rpc_error;  ///< code of a JSON-RPC error
    std::string text;              ///< all text contents, or the error's message
};

struct ChildState {
    std::string state;    ///< up | restarting | failed
    std::string breaker;  ///< closed | open | half_open
    int restart_count = 0;
};

/// The multiplexer's own view: whole tool names, and the children it mounted.
struct MultiplexerView {
    std::vector<std::string> tools;
    std::map<std::string, ChildState> children;
    std::map<std::string, std::string> failed;  ///< dynamic mode: load_tools' `failed`
};

/// How a call reaches one child: eager lists every tool, dynamic loads the child first.
struct ThroughCall {
    std::string child;
    std::string tool;       ///< the child's own tool name
    std::string arguments;  ///< JSON text
    bool dynamic = false;
};

/// Probes over MCP streamable HTTP. Errors: Unavailable, Timeout, Protocol as the transport says;
/// Denied (401, 403), NotFound (404), Unavailable (502–504), Throttled (the fleet's own rate
/// limit, 429), Invalid (the server refuses the Host that was sent), Conflict (it does not know the
/// session that it has just given), Protocol (3xx, HTML, not MCP, over a limit) with the HTTP
/// status in Error::status().
class Mcp {
  public:
    virtual ~Mcp() = default;
    /// Bare POST: no body, no Content-Type, no token; with `garbage`, "Bearer garbage".
    virtual Task<KnockAnswer> knock(std::string url, bool garbage) = 0;
    /// The bare POST with this bearer: what a service says of a token that it must refuse.
    virtual Task<KnockAnswer> present(McpEndpoint endpoint) = 0;
    /// initialize, initialized, tools/list (all pages), DELETE.
    virtual Task<McpListing> list_tools(McpEndpoint endpoint) = 0;
    /// tools/call, in a session that may have served calls before it. NotFound: the child or its
    /// tool is not there. Invalid: the child is up and shows other tools, so that this one is
    /// hidden by the multiplexer's `disabledTools` or `enabledTools`, by a policy, or is none of
    /// its tools.
    virtual Task<McpCallAnswer> call(McpEndpoint multiplexer, ThroughCall call) = 0;
    /// tools/list and multiplexer_status; in dynamic mode loads `load` first.
    virtual Task<MultiplexerView>
    multiplexer(McpEndpoint multiplexer, bool dynamic, std::vector<std::string> load) = 0;
    /// GET of a health address: its status.
    virtual Task<int> health(std::string url) = 0;
};

}  // namespace wavegate
