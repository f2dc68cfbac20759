#pragma once

#include "operator/backends/mcp/wire.hpp"
#include "operator/base/doorbell.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/mcp.hpp"
#include "operator/ports/transport.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::mcp {

/// Probes over MCP streamable HTTP (mcp.md §1). Every operation is a session of its own, which it
/// ends by DELETE whatever came of it; only a cancelled one is left to the server's idle limit.
/// Calls through the multiplexer share one session where there is a clock: a call is one request
/// then. It is opened anew after five minutes and after anything that went wrong in it; a call that
/// got no plain answer there is repeated in a session of its own, whose outcome counts.
class Client final : public Mcp {
  public:
    /// `transport` brings deadlines and pace; it and `clock` must outlive the client. Without a
    /// clock no session is kept.
    explicit Client(Transport& transport, Clock* clock = nullptr)
        : transport_(transport), clock_(clock) {}

    Task<KnockAnswer> knock(std::string url, bool garbage) override;
    Task<KnockAnswer> present(McpEndpoint endpoint) override;
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
    Task<std::vector<std::string>> exposed(Session& session);
    Task<std::string> exposed_name(Session& session, ThroughCall call);
    Task<std::string>
    name_among(Session& session, const std::vector<std::string>& listed, ThroughCall call);
    Task<std::string> loaded_name(Session& session, ThroughCall call);
    Task<Loaded> load(Session& session, std::vector<std::string> children);
    Task<std::map<std::string, ChildState>> children(Session& session);
    Task<MultiplexerView> view(Session& session, bool dynamic, std::vector<std::string> load_first);

    /// The session that is kept, and what it is known to show.
    struct Kept {
        Session session;
        Mono opened{};
        std::vector<std::string> listed;           ///< eager mode: every tool's whole name
        std::vector<std::string> children;         ///< empty: nobody needed their names yet
        std::map<std::string, std::string> names;  ///< by child and tool, of calls that went well
    };
    class Opening;
    /// What is kept, if it is young enough and of these credentials; null: none.
    [[nodiscard]] std::shared_ptr<Kept> fitting(const McpEndpoint& multiplexer) const;
    /// One at a time opens it, and the others wait for that. Null: it could not be opened.
    asio::awaitable<std::shared_ptr<Kept>> keep(McpEndpoint multiplexer, bool dynamic);
    Task<McpCallAnswer>
    call_kept(std::shared_ptr<Kept> kept, ThroughCall call, boost::json::object arguments);
    Task<std::string> name_in(Kept& kept, ThroughCall call);
    Task<std::string> listed_name(Kept& kept, ThroughCall call);
    asio::awaitable<void> drop(std::shared_ptr<Kept> kept);

    Transport& transport_;
    Clock* clock_;
    std::int64_t last_id_ = 0;
    std::shared_ptr<Kept> kept_;
    bool opening_ = false;
    std::vector<std::shared_ptr<Doorbell>> waiting_;  ///< for its end
};

}  // namespace wavegate::mcp
