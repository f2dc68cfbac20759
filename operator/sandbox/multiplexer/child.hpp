#pragma once

#include "operator/base/task_group.hpp"
#include "operator/sandbox/multiplexer/answer.hpp"
#include "operator/sandbox/multiplexer/peer.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::sandbox {

/// One child as the multiplexer keeps it (mcp.md §5): a call on a child that is away hangs for
/// its whole timeout, reconnects go on behind it, and after five it is parked for good.
class MultiplexerChild : public std::enable_shared_from_this<MultiplexerChild> {
  public:
    enum class State { Absent, Up, Restarting, Failed };

    MultiplexerChild(
        const Outside& outside,
        TaskGroup& tasks,
        std::shared_ptr<const MultiplexerBehaviour> behaviour,
        ChildDouble child,
        std::shared_ptr<TokenSource> tokens);

    /// Mounts it: "" when it is up from now on, else why not.
    asio::awaitable<std::string> connect();
    /// Looks at its tools without mounting it.
    asio::awaitable<PeerSession> look();
    asio::awaitable<RpcReply> call(std::string tool, json::object arguments);
    /// No reconnect begins or goes on after this.
    void stop() { stopped_ = true; }
    /// As after five reconnects in vain: FAILED for good, whatever the child does.
    void park();

    [[nodiscard]] const std::string& name() const { return child_.name; }
    [[nodiscard]] bool mounted() const { return state_ != State::Absent; }
    /// The tools of its first mount.
    [[nodiscard]] const json::array& tools() const { return tools_; }
    [[nodiscard]] json::object status() const;
    /// Its newest answer to a call; nothing: it has answered none since the multiplexer's start.
    [[nodiscard]] const std::optional<ChildAnswer>& last_answer() const { return last_answer_; }

  private:
    asio::awaitable<std::string> refusal();
    asio::awaitable<PeerReply> attempt(std::string tool, json::object arguments);
    static asio::awaitable<void> restart(std::shared_ptr<MultiplexerChild> self);
    void count_timeout();
    void begin_restarts();
    [[nodiscard]] std::string breaker() const;
    [[nodiscard]] int restarts() const;
    [[nodiscard]] std::string unavailable() const;
    [[nodiscard]] RpcReply relayed(json::object message) const;
    [[nodiscard]] Mono now() const { return outside_.clock.now().mono; }

    Outside outside_;
    TaskGroup& tasks_;
    std::shared_ptr<const MultiplexerBehaviour> behaviour_;
    ChildDouble child_;
    Peer peer_;
    State state_ = State::Absent;
    std::string session_;
    json::array tools_;
    std::vector<Mono> restarts_;
    int timeouts_ = 0;
    Mono open_until_{};
    int in_flight_ = 0;
    bool stopped_ = false;
    std::optional<ChildAnswer> last_answer_;
};

}  // namespace wavegate::sandbox
