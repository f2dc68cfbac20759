#pragma once

#include "operator/base/time.hpp"
#include "operator/model/desired.hpp"
#include "operator/sandbox/mcp/auth_keys.hpp"
#include "operator/sandbox/mcp/rpc.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::sandbox {

/// Which library answers (mcp.md): FastMCP 2.14, FastMCP 3.4, the fleet's own agent-utilities
/// 0.53 on FastMCP 3.4, and the connector SDK 2.3 that refuses to start open.
enum class Generation { F2, F3, Fleet, Sdk };

/// agent-utilities' own limit, all clients together.
struct RateLimit {
    double per_second = 10;
    double burst = 20;
};

/// How a FastMCP server speaks HTTP, and the ways in which that may go wrong (mcp.md §8).
struct WireBehaviour {
    Generation generation = Generation::Fleet;
    std::string server_name = "sample-mcp";  ///< serverInfo.name and /health
    std::string instructions;                ///< empty: none
    bool json_answers = false;               ///< json_response=True: no SSE
    bool stateless = false;
    std::optional<RateLimit> rate;
    std::size_t page_size = 0;  ///< of tools/list; 0: one page
    bool notify_before = false;
    bool ping = false;             ///< comment and server-to-client ping before each answer
    bool split = false;            ///< answers arrive byte by byte
    bool wrong_id_first = false;   ///< another request's answer comes first
    bool never_close = false;      ///< the stream stays open after the answer
    bool huge = false;             ///< 9 MiB of notification before the answer
    bool jwks_lock = true;         ///< FastMCP 3.4.10 has it, 3.4.2 fetches again at once
    bool lose_sessions = false;    ///< every session is unknown right after initialize
    std::string allowed_host;      ///< the one Host that it answers to; empty: any
    bool stuck_cursor = false;     ///< each page of tools/list names the same next one
    bool stream_notified = false;  ///< a notification is answered by a stream that stays open
};

struct ToolDouble {
    std::string name;
    json::object listing;  ///< everything of tools/list but the name
    ToolResult result;     ///< what each run gives
};

enum class Upstream { Good, IsError, ErrorInSuccess };

/// How a service of one image behaves; what its env decides is not in here.
struct Behaviour {
    WireBehaviour wire;
    AuthKeys keys;
    std::vector<ToolDouble> tools;
    PrincipalSource principal = PrincipalSource::Header;
    Upstream upstream = Upstream::Good;
    bool ignores_unknown_arguments = false;  ///< OpenAPI-imported tools run the reject probe
    bool jwks_down = false;                  ///< this service alone can't reach the JWKS
    bool takes_expired = false;              ///< its verifier does not look at the token's end
    bool takes_unsigned = false;             ///< nor (alg: none) at its signature
    bool policy_down = false;                ///< this service alone can't reach the policy server
    bool metrics = true;                     ///< false: prometheus-client is not installed
    Duration start{300};                     ///< until it listens
    std::optional<int> crash;                ///< exits with this code instead of listening
    std::string rejected;                    ///< not empty: the image can't be started at all
};

/// A fleet service with these tools, none of which needs an argument but `action`.
Behaviour fleet_service(std::string server_name, const std::vector<std::string>& tools);

struct ChildDouble {
    std::string name;
    std::string url;
    std::string agent_id;  ///< x-agent-id in its `headers`; empty: none
    std::string prefix;    ///< empty: made of the name
    Duration timeout{300'000};
};

/// How a multiplexer behaves (agent-utilities 0.53); its outbound and inbound auth are env.
struct MultiplexerBehaviour {
    WireBehaviour wire;
    std::vector<ChildDouble> children;  ///< mcp_config.json, read at start
    bool drops_is_error = true;         ///< up to 1.26.4
    bool freezes_token = false;         ///< 0.48: the bearer of a child's first connect stays
    bool hangs_after_redeploy = false;  ///< upstream's own observation: no reconnect in time
    bool loads_no_child = false;        ///< on mcp 2.x: health 200, no remote child
    int breaker_threshold = 5;
    Duration breaker_cooldown{15'000};
    std::vector<Duration> restart_pauses{
        Duration(1000),
        Duration(2000),
        Duration(4000),
        Duration(4000),
        Duration(4000)};
    Duration probe_timeout{15'000};  ///< of connecting to a child
    Duration start{300};
    std::optional<int> crash;
};
MultiplexerBehaviour fleet_multiplexer(std::vector<ChildDouble> children);

}  // namespace wavegate::sandbox
