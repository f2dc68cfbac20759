#pragma once

#include "operator/base/task_group.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/transport.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/site.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wavegate::sandbox {

/// What becomes of a request on its way, and what its sender sees.
enum class Fault {
    Refuse,       ///< nothing is sent: Unavailable/None
    LoseRequest,  ///< cut, the site never sees it: Unavailable/Maybe
    LoseReply,    ///< the site handles it, then the connection is cut: Unavailable/Maybe
    Truncate,     ///< the site handles it, half an answer arrives: Protocol/Maybe
    Answer,       ///< `answer` comes back, the site never sees it
    Delay,        ///< nothing but the delays
};

/// Applies to requests that fit all its filled-in fields.
struct FaultRule {
    Fault fault = Fault::Delay;
    std::string authority;    ///< "portainer.arpa"; empty: any
    std::string method;       ///< empty: any
    std::string path_prefix;  ///< empty: any
    HttpResponse answer;      ///< for Fault::Answer
    Duration before{0};       ///< the request is on its way that long
    Duration after{0};        ///< and so is the answer, after the site handled it
    int skip = 0;             ///< lets so many fitting requests through first
    int times = -1;           ///< then applies so often; -1: always
};

/// A request as the network saw it: never what its query, headers or body hold.
struct SeenRequest {
    Mono at;
    std::string method;
    std::string authority;
    std::string path;
    bool filtered = false;  ///< it asked for a part of a list: `filters` in its query
    bool reached = false;   ///< the site got it (or will, after the delay)
};

/// The wires of a World: which site answers at which authority, and what goes wrong on the way.
/// Lives on the World's io_context. `send` is for traffic between sites; the operator uses a
/// MemoryTransport of its own.
class Network final : public Transport {
  public:
    using Reply = std::function<void(Result<HttpResponse>)>;

    Network(asio::any_io_executor world, Clock& clock);

    /// `authority` as URLs write it: "portainer.arpa", "localhost:9000". The site must outlive
    /// the network or be disconnected.
    void connect(const std::string& authority, Site& site);
    void disconnect(const std::string& authority);
    /// A site that is down refuses; its state stays.
    void set_down(const std::string& authority, bool down);

    /// The first rule that fits a request applies. The number is for `lift`.
    int inject(FaultRule rule);
    void lift(int rule);
    void lift_all() { rules_.clear(); }

    Task<HttpResponse> send(HttpRequest request) override;
    /// Hands a request over; goes on to its end whatever becomes of the sender. `reply` is called
    /// on the World's executor.
    void deliver(HttpRequest request, Reply reply);

    [[nodiscard]] const std::vector<SeenRequest>& seen() const { return seen_; }
    /// How many were seen; empty arguments fit anything.
    [[nodiscard]] std::size_t count(
        std::string_view method = {},
        std::string_view authority = {},
        std::string_view path_prefix = {}) const;
    void forget_seen() { seen_.clear(); }

    [[nodiscard]] asio::any_io_executor executor() const { return executor_; }

  private:
    asio::awaitable<void> carry(HttpRequest request, Reply reply);
    asio::awaitable<Result<HttpResponse>> outcome(HttpRequest request, FaultRule rule);
    asio::awaitable<Result<HttpResponse>> ask_site(HttpRequest request);
    asio::awaitable<void> pause(Duration length);
    [[nodiscard]] Site* find(const std::string& authority) const;
    FaultRule rule_for(const SeenRequest& request);

    asio::any_io_executor executor_;
    Clock& clock_;
    std::map<std::string, Site*> sites_;
    std::set<std::string> down_;
    std::map<int, FaultRule> rules_;
    int next_rule_ = 1;
    std::vector<SeenRequest> seen_;
    TaskGroup carried_;
    MemoryTransport between_sites_;
};

}  // namespace wavegate::sandbox
