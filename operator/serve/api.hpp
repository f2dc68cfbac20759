#pragma once

#include "operator/base/doorbell.hpp"
#include "operator/net/server.hpp"
#include "operator/ports/clock.hpp"
#include "operator/serve/access.hpp"
#include "operator/serve/core.hpp"
#include "operator/serve/feed.hpp"
#include "operator/status/metrics.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::serve {

/// The HTTP API (design §10) as request → response. One executor. Must outlive its requests;
/// streams may outlive it.
class Api {
  public:
    Api(Core core, Clock& clock, Settings settings);

    /// What a request's head earns it: a refusal, or an answer, with a body as large as it needs.
    net::Admission admit(const HttpRequest& head);
    /// A pass has ended: streams are told, its evidence is counted.
    void changed();
    /// `changed()` at every ring, until cancelled.
    asio::awaitable<void> follow(Doorbell& bell);
    /// Has the operator look when hooks rang, at most once in `hook_pace`, until cancelled.
    asio::awaitable<void> follow_hooks();

  private:
    enum class Access { Health, Open, Read, Write, Hook };
    struct Call;
    struct Route;
    using Plain = std::function<net::ServerResponse(Api&, const Call&)>;
    using Async =
        std::function<asio::awaitable<net::ServerResponse>(Api&, std::shared_ptr<const Call>)>;

    static const std::vector<Route>& routes();
    static const Route* find(Call& call);
    void recognise(const Route* route, Call& call) const;
    std::optional<net::ServerResponse> refusal(const Route* route, const Call& call);
    [[nodiscard]] std::optional<net::ServerResponse> access_fault(Access access, const Call& call)
        const;
    [[nodiscard]] std::optional<net::ServerResponse> bearer_fault(Role role, const Call& call)
        const;
    void let_in(const Route& route, const std::shared_ptr<Call>& call, net::Admission& admission);
    asio::awaitable<net::ServerResponse> answer(const Route& route, std::shared_ptr<Call> call);

    static net::ServerResponse health();
    [[nodiscard]] net::ServerResponse readiness(const Call& call) const;
    net::ServerResponse metrics(const Call& call);
    net::ServerResponse status(const Call& call);
    [[nodiscard]] net::ServerResponse services(const Call& call) const;
    [[nodiscard]] net::ServerResponse service(const Call& call) const;
    [[nodiscard]] net::ServerResponse waves(const Call& call) const;
    [[nodiscard]] net::ServerResponse rollouts(const Call& call) const;
    [[nodiscard]] net::ServerResponse events(const Call& call) const;
    [[nodiscard]] net::ServerResponse plan(const Call& call) const;
    net::ServerResponse stream(const Call& call);
    static net::ServerResponse asset(const std::string& name);
    [[nodiscard]] net::ServerResponse reconcile(const Call& call) const;
    net::ServerResponse ring(const Call& call);
    [[nodiscard]] asio::awaitable<net::ServerResponse> rollout(
        std::shared_ptr<const Call> call) const;
    [[nodiscard]] asio::awaitable<net::ServerResponse> probe(
        std::shared_ptr<const Call> call) const;
    [[nodiscard]] asio::awaitable<net::ServerResponse> accept_source(
        std::shared_ptr<const Call> call) const;

    /// The status document's text, made once for each view.
    const std::string& status_text();

    Core core_;
    Clock& clock_;
    Settings settings_;
    TokenBucket strangers_;
    TokenBucket known_;
    Doorbell hook_bell_;
    status::Counters counters_;
    Wall counted_until_;
    std::shared_ptr<const status::View> written_;  ///< the view that `text_` shows
    std::string text_;
    Feed feed_;
};

}  // namespace wavegate::serve
