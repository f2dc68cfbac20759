#pragma once

#include "operator/ports/clock.hpp"
#include "operator/ports/store.hpp"
#include "operator/ports/transport.hpp"
#include "operator/sandbox/network.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

// Where a process may die: at each of its calls, and at each commit of its store.
namespace wavegate::testing {

enum class Death {
    BeforeCall,    ///< nothing was sent
    InFlight,      ///< just sent; it acts while nobody is there
    Answered,      ///< it acted, and nothing was made of its answer
    ReplyLost,     ///< the connection was cut; that much was stored before it died
    LandsLate,     ///< sent, and it acts some seconds after the next process began
    BeforeCommit,  ///< the commit never happened
    AfterCommit,   ///< it is all that happened
};
inline constexpr std::size_t kDeaths = 7;
const char* to_string(Death death);

/// One call or commit of a process, as it is counted.
struct Happening {
    enum class What { Question, Write, Commit };
    What what = What::Question;
    std::string label;
};

/// Where one run dies: at the happening of this number.
struct KillPoint {
    Death death = Death::BeforeCall;
    std::size_t at = 0;
};

/// All points of a run that was not killed. Questions change nothing outside: a process that dies
/// within one is as one that dies before it or after it.
std::vector<KillPoint> points_of(const std::vector<Happening>& run);

/// Sees what a process does, and ends it at its point. From then on nothing of it gets out: what
/// still runs of it waits for ever, until whoever drives the simulation drops it.
class Doom {
  public:
    Doom(sandbox::Network& network, Clock& clock) : network_(network), clock_(clock) {}

    /// Counts from now on.
    void watch() { watching_ = true; }
    /// And dies there; once.
    void strike_at(KillPoint point);
    [[nodiscard]] bool has_struck() const { return struck_; }
    /// The dead process is gone; the next ones live.
    void bury();
    [[nodiscard]] int deaths() const { return deaths_; }
    /// What it died of.
    [[nodiscard]] const std::string& cause() const { return cause_; }
    [[nodiscard]] const std::vector<Happening>& happenings() const { return happenings_; }

    Task<HttpResponse> pass(Transport& inner, HttpRequest request);
    Task<std::uint64_t> commit(Store& inner, Batch batch, std::uint64_t expected);
    /// Returns only while the process lives.
    asio::awaitable<void> live();

  private:
    [[nodiscard]] bool counts(const HttpRequest& request) const;
    /// True: this is the one.
    bool happens(Happening happening);
    void strike();
    void delay(const HttpRequest& request);

    sandbox::Network& network_;
    Clock& clock_;
    bool watching_ = false;
    bool armed_ = false;
    bool struck_ = false;
    bool strikes_after_commit_ = false;
    int deaths_ = 0;
    KillPoint point_;
    std::string cause_;
    std::vector<Happening> happenings_;
};

/// A process's end of the network.
class DoomedTransport final : public Transport {
  public:
    DoomedTransport(Transport& inner, Doom& doom) : inner_(inner), doom_(doom) {}
    Task<HttpResponse> send(HttpRequest request) override {
        return doom_.pass(inner_, std::move(request));
    }

  private:
    Transport& inner_;
    Doom& doom_;
};

/// And its store.
class DoomedStore final : public Store {
  public:
    DoomedStore(Store& inner, Doom& doom) : inner_(inner), doom_(doom) {}
    Task<Snapshot> load(Time now) override { return inner_.load(now); }
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override {
        return doom_.commit(inner_, std::move(batch), expected);
    }
    Task<void> check() override { return inner_.check(); }
    [[nodiscard]] std::string identity() const override { return inner_.identity(); }
    Task<void> prune(Wall before) override {
        co_await doom_.live();
        co_return co_await inner_.prune(before);
    }

  private:
    Store& inner_;
    Doom& doom_;
};

}  // namespace wavegate::testing
