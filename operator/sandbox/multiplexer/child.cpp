#include "operator/sandbox/multiplexer/child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr Duration kRestartWindow = std::chrono::minutes(5);
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr Duration kReconnectTick{100};
constexpr int kSlots = 8;

double in_seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// The multiplexer's own words come as success.
RpcReply told(std::string text) {
    ToolResult result;
    result.text = std::move(text);
    return to_reply(result);
}

std::string text_in(const json::object& message) {
    if (const auto* error = message.if_contains("error")) {
        return std::string(error->as_object().at("message").as_string());
    }
    std::string text;
    const auto* content = message.at("result").as_object().if_contains("content");
    if (content != nullptr && content->is_array()) {
        for (const auto& part : content->get_array()) {
            const auto* piece = part.as_object().if_contains("text");
            text += piece == nullptr ? std::string() : std::string(piece->as_string());
        }
    }
    return text;
}

ChildAnswer answer_in(const json::object& message, Mono asked, Mono at) {
    ChildAnswer answer;
    answer.asked = asked;
    answer.at = at;
    answer.text = text_in(message);
    for (const auto* phrase :
         {"Access denied", "authorization service unavailable", "[Errno", "Server error"}) {
        answer.denied = answer.denied || answer.text.find(phrase) != std::string::npos;
    }
    return answer;
}

}  // namespace

MultiplexerChild::MultiplexerChild(
    const Outside& outside,
    TaskGroup& tasks,
    std::shared_ptr<const MultiplexerBehaviour> behaviour,
    ChildDouble child,
    std::shared_ptr<TokenSource> tokens)
    : outside_(outside),
      tasks_(tasks),
      behaviour_(std::move(behaviour)),
      child_(std::move(child)),
      peer_(outside, child_, std::move(tokens), behaviour_->freezes_token) {}

asio::awaitable<std::string> MultiplexerChild::connect() {
    PeerSession session = co_await look();
    if (session.failure.empty()) {
        if (!mounted()) {
            tools_ = std::move(session.tools);
        }
        session_ = std::move(session.id);
        state_ = State::Up;
        in_flight_ = 0;
    }
    co_return std::move(session.failure);
}

asio::awaitable<PeerSession> MultiplexerChild::look() {
    if (behaviour_->loads_no_child) {
        PeerSession none;
        none.failure = "ImportError: cannot import name 'streamablehttp_client'";
        co_return none;
    }
    co_return co_await peer_.open(std::min(child_.timeout, behaviour_->probe_timeout));
}

asio::awaitable<RpcReply> MultiplexerChild::call(std::string tool, json::object arguments) {
    const Mono asked = now();
    const Mono deadline = asked + child_.timeout;
    std::string refused = co_await refusal();
    if (!refused.empty()) {
        co_return told(std::move(refused));
    }
    ++in_flight_;
    PeerReply reply = co_await attempt(tool, std::move(arguments));
    if (reply.failure.empty()) {
        --in_flight_;
        timeouts_ = 0;
        open_until_ = Mono{};
        last_answer_ = answer_in(reply.message, asked, now());
        co_return relayed(std::move(reply.message));
    }
    if (reply.timed_out) {
        count_timeout();
    } else {
        begin_restarts();
    }
    // The slot stays taken: the abandoned call counts as in flight until a reconnect.
    auto waited = co_await outside_.clock.sleep_until(deadline);
    static_cast<void>(waited);
    co_return told(fmt::format(
        "MCPChildCallTimeoutError: Tool '{}' on child server '{}' did not answer within {:.1f}s; "
        "the call was detached and its slot is held until the child finishes.",
        tool,
        child_.name,
        in_seconds(child_.timeout)));
}

/// Why no call is tried now; waits a little for a child that is being reconnected.
asio::awaitable<std::string> MultiplexerChild::refusal() {
    if (state_ == State::Failed) {
        co_return fmt::format(
            "MCPChildUnavailableError: Child server '{}' is marked FAILED after {} restarts; not "
            "accepting calls.",
            child_.name,
            restarts());
    }
    const Mono until = now() + kPatience;
    while (state_ == State::Restarting && now() < until) {
        auto waited = co_await outside_.clock.sleep_until(now() + kReconnectTick);
        static_cast<void>(waited);
    }
    if (state_ != State::Up) {
        co_return unavailable();
    }
    if (now() < open_until_) {
        co_return fmt::format(
            "MCPChildCircuitOpenError: MCP child server breaker OPEN for '{}' after {} consecutive "
            "connection failures; retrying in {:.1f}s.",
            child_.name,
            behaviour_->breaker_threshold,
            in_seconds(open_until_ - now()));
    }
    if (in_flight_ >= kSlots) {
        co_return fmt::format(
            "MCPChildBusyError: Child server '{}' has {} calls in flight.", child_.name, kSlots);
    }
    co_return std::string();
}

/// A session that the child lost is opened anew, and the call repeated once.
asio::awaitable<PeerReply> MultiplexerChild::attempt(std::string tool, json::object arguments) {
    json::object again = arguments;
    PeerReply reply = co_await peer_.call(session_, tool, std::move(arguments));
    if (reply.status != 404 || behaviour_->hangs_after_redeploy) {
        co_return reply;
    }
    std::string failure = co_await connect();
    if (!failure.empty()) {
        reply.failure = std::move(failure);
        co_return reply;
    }
    ++in_flight_;
    co_return co_await peer_.call(session_, std::move(tool), std::move(again));
}

void MultiplexerChild::park() {
    stop();
    restarts_.assign(behaviour_->restart_pauses.size(), now());
    state_ = State::Failed;
}

void MultiplexerChild::count_timeout() {
    if (++timeouts_ >= behaviour_->breaker_threshold) {
        open_until_ = now() + behaviour_->breaker_cooldown;
    }
}

void MultiplexerChild::begin_restarts() {
    if (state_ == State::Up && !stopped_) {
        state_ = State::Restarting;
        tasks_.spawn("multiplexer child " + child_.name, restart(shared_from_this()));
    }
}

asio::awaitable<void> MultiplexerChild::restart(std::shared_ptr<MultiplexerChild> self) {
    const auto& pauses = self->behaviour_->restart_pauses;
    while (!self->stopped_) {
        const auto done = static_cast<std::size_t>(self->restarts());
        if (done >= pauses.size()) {
            self->state_ = State::Failed;
            co_return;
        }
        auto waited = co_await self->outside_.clock.sleep_until(self->now() + pauses[done]);
        static_cast<void>(waited);
        self->restarts_.push_back(self->now());
        const std::string failure = co_await self->connect();
        if (failure.empty()) {
            co_return;
        }
    }
}

std::string MultiplexerChild::breaker() const {
    if (timeouts_ < behaviour_->breaker_threshold) {
        return "closed";
    }
    return now() < open_until_ ? "open" : "half_open";
}

int MultiplexerChild::restarts() const {
    const Mono since = now() - kRestartWindow;
    // A parked child keeps its count: nothing is tried any more.
    return static_cast<int>(std::count_if(restarts_.begin(), restarts_.end(), [&](Mono at) {
        return at >= since || state_ == State::Failed;
    }));
}

std::string MultiplexerChild::unavailable() const {
    return fmt::format(
        "MCPChildUnavailableError: Child server '{}' is {} (restart #{}); still unavailable after "
        "waiting 5.0s. Retry shortly.",
        child_.name,
        state_ == State::Failed ? "failed" : "restarting",
        restarts());
}

RpcReply MultiplexerChild::relayed(json::object message) const {
    if (auto* error = message.if_contains("error")) {
        return told(
            "Error executing tool: " + std::string(error->as_object().at("message").as_string()));
    }
    RpcReply reply(std::move(message.at("result").as_object()));
    if (behaviour_->drops_is_error) {
        reply.result["isError"] = false;
    }
    return reply;
}

json::object MultiplexerChild::status() const {
    json::object status;
    status["server"] = child_.name;
    status["state"] = state_ == State::Up       ? "up"
                      : state_ == State::Failed ? "failed"
                                                : "restarting";
    status["restart_count"] = restarts();
    status["breaker"] = breaker();
    status["sessions"] = state_ == State::Up ? 1 : 0;
    status["max_concurrency"] = kSlots;
    status["in_flight"] = in_flight_;
    status["queued"] = 0;
    return status;
}

}  // namespace wavegate::sandbox
