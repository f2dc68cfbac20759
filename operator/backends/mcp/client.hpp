#pragma once

#include "operator/backends/mcp/wire.hpp"
#include "operator/ports/mcp.hpp"
#include "operator/ports/transport.hpp"

#include <cstdint>

namespace wavegate::mcp {

/// Probes over MCP streamable HTTP (mcp.md §1). Every operation is a session of its own, which it
/// ends by DELETE whatever came of it; only a cancelled one is left to the server's idle limit.
class Client final : public Mcp {
  public:
    /// `transport` brings deadlines and pace; it must outlive the client.
    explicit Client(Transport& transport) : transport_(transport) {}

    Task<KnockAnswer> knock(std::string url, bool garbage) override;
    Task<McpListing> list_tools(McpEndpoint endpoint) override;
    Task<McpCallAnswer> call(McpEndpoint multiplexer, ThroughCall call) override;
    Task<MultiplexerView>
    multiplexer(McpEndpoint multiplexer, bool dynamic, std::vector<std::string> load) override;
    Task<int> health(std::string url) override;

  private:
    Task<McpListing> open(Session& session);
    Task<RpcAnswer>
    ask(Session& session, std::string method, boost::json::object params, std::size_t limit);
    Task<RpcAnswer> use(Session& session, std::string tool, boost::json::object arguments);
    asio::awaitable<void> close(Session& session);

    Task<ToolWalk> all_tools(Session& session, WalkLimits limits);
    Task<McpListing> walk(Session& session);
    Task<McpCallAnswer>
    call_within(Session& session, ThroughCall call, boost::json::object arguments);
    Task<std::string> exposed_name(Session& session, ThroughCall call);
    Task<std::string> loaded_name(Session& session, ThroughCall call);
    Task<Loaded> load(Session& session, std::vector<std::string> children);
    Task<std::map<std::string, ChildState>> children(Session& session);
    Task<MultiplexerView> view(Session& session, bool dynamic, std::vector<std::string> load_first);

    Transport& transport_;
    std::int64_t last_id_ = 0;
};

}  // namespace wavegate::mcp
