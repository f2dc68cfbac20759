// The session to the multiplexer that is kept between calls.
#include "operator/backends/mcp/client.hpp"
#include "operator/backends/mcp/names.hpp"

#include <chrono>
#include <utility>

namespace wavegate::mcp {
namespace {

/// Servers forget sessions after 30 minutes, and a list of tools grows old.
constexpr Duration kKeptFor = std::chrono::minutes(5);

bool is_same(const McpEndpoint& a, const McpEndpoint& b) {
    const bool same_bearer = a.bearer == b.bearer ||
                             (a.bearer != nullptr && b.bearer != nullptr && *a.bearer == *b.bearer);
    return a.url == b.url && a.agent_id == b.agent_id && same_bearer;
}

}  // namespace

/// While it lives, a session is being opened; whatever ends that, who waits for it goes on.
class Client::Opening {
  public:
    explicit Opening(Client& client) : client_(client) { client_.opening_ = true; }
    ~Opening() {
        client_.opening_ = false;
        for (const auto& bell : std::exchange(client_.waiting_, {})) {
            bell->ring();
        }
    }
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

  private:
    Client& client_;
};

std::shared_ptr<Client::Kept> Client::fitting(const McpEndpoint& multiplexer) const {
    const bool fits = kept_ != nullptr && is_same(kept_->session.endpoint, multiplexer) &&
                      clock_->now().mono - kept_->opened < kKeptFor;
    return fits ? kept_ : nullptr;
}

asio::awaitable<std::shared_ptr<Client::Kept>> Client::keep(McpEndpoint multiplexer, bool dynamic) {
    if (opening_) {
        // Each in a session of its own, they would be over the multiplexer's rate limit together.
        const auto bell = std::make_shared<Doorbell>();
        waiting_.push_back(bell);
        co_await bell->wait();
        co_return fitting(multiplexer);
    }
    if (auto kept = fitting(multiplexer)) {
        co_return kept;
    }
    const Opening opening(*this);
    auto old = std::exchange(kept_, nullptr);
    if (old != nullptr) {
        co_await close(old->session);
    }
    auto fresh = std::make_shared<Kept>();
    fresh->session = Session(std::move(multiplexer));
    auto opened = co_await open(fresh->session);
    bool good = opened.has_value();
    if (good && !dynamic) {
        auto listed = co_await exposed(fresh->session);
        good = listed.has_value();
        if (good) {
            fresh->listed = std::move(*listed);
        }
    }
    if (!good) {
        co_await close(fresh->session);
        co_return nullptr;
    }
    fresh->opened = clock_->now().mono;
    kept_ = fresh;
    co_return fresh;
}

Task<McpCallAnswer>
Client::call_kept(std::shared_ptr<Kept> kept, ThroughCall call, boost::json::object arguments) {
    auto name = co_await name_in(*kept, std::move(call));
    if (!name) {
        co_return name.take_error();
    }
    auto answer = co_await use(kept->session, std::move(*name), std::move(arguments));
    if (!answer) {
        co_return answer.take_error();
    }
    co_return read_call(*answer);
}

Task<std::string> Client::name_in(Kept& kept, ThroughCall call) {
    const auto key = call.child + "\n" + call.tool;
    const auto known = kept.names.find(key);
    if (known != kept.names.end()) {
        co_return known->second;
    }
    Result<std::string> name = std::string();
    if (call.dynamic) {
        name = co_await loaded_name(kept.session, std::move(call));
    } else {
        name = co_await listed_name(kept, std::move(call));
    }
    if (name) {
        kept.names[key] = *name;
    }
    co_return name;
}

/// Where two prefixes fit, the names of all children tell which is whose. They are asked for once
/// in a session: a child that is new in it is found in the next one.
Task<std::string> Client::listed_name(Kept& kept, ThroughCall call) {
    auto candidates = exposed_candidates(kept.listed, call.child, call.tool);
    if (candidates.size() < 2) {
        co_return co_await name_among(kept.session, kept.listed, std::move(call));
    }
    if (kept.children.empty()) {
        auto known = co_await children(kept.session);
        if (!known) {
            co_return known.take_error();
        }
        for (const auto& [name, state] : *known) {
            kept.children.push_back(name);
        }
    }
    const std::string prefix = prefix_among(kept.children, call.child) + "__";
    for (auto& candidate : candidates) {
        if (candidate.starts_with(prefix)) {
            co_return std::move(candidate);
        }
    }
    co_return Error(ErrorKind::NotFound, "the multiplexer has not mounted this child");
}

/// Others may call in it yet: they find it gone, and go on in sessions of their own.
asio::awaitable<void> Client::drop(std::shared_ptr<Kept> kept) {
    if (kept_ == kept) {
        kept_.reset();
    }
    co_await close(kept->session);
}

}  // namespace wavegate::mcp
