#pragma once

#include "operator/sandbox/mcp/behaviour.hpp"
#include "operator/sandbox/multiplexer/token.hpp"
#include "operator/sandbox/outside.hpp"

#include <boost/json/array.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace wavegate::sandbox {

/// What a child said, or why it said nothing.
struct PeerReply {
    std::string failure;  ///< httpx's words; empty: `message` is the JSON-RPC answer
    int status = 0;
    bool timed_out = false;
    json::object message;
};

struct PeerSession {
    std::string id;
    json::array tools;
    std::string failure;  ///< not empty: no session, and why
};

/// The multiplexer's side of the wire to one child: real requests, with its token and headers.
class Peer {
  public:
    Peer(
        Outside outside,
        ChildDouble child,
        std::shared_ptr<TokenSource> tokens,
        bool freezes_token)
        : outside_(std::move(outside)),
          child_(std::move(child)),
          tokens_(std::move(tokens)),
          freezes_token_(freezes_token) {}

    /// initialize, initialized, tools/list.
    asio::awaitable<PeerSession> open(Duration limit);
    asio::awaitable<PeerReply> call(std::string session, std::string tool, json::object arguments);

  private:
    asio::awaitable<PeerReply>
    ask(std::string session, std::string method, json::object params, Duration limit);
    asio::awaitable<Result<HttpResponse>>
    post(std::string session, std::string body, std::string id, Duration limit);
    asio::awaitable<std::string> bearer();

    Outside outside_;
    ChildDouble child_;
    std::shared_ptr<TokenSource> tokens_;
    bool freezes_token_;
    std::string frozen_;
    std::string session_;  ///< the last answer's session header
    std::int64_t next_id_ = 0;
};

}  // namespace wavegate::sandbox
