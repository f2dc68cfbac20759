#include "reconcilers/fleet/looks.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::fleet {
namespace {

/// Longer than a request may take with all its retries: then what it says itself is told.
constexpr Duration kDeadline = std::chrono::seconds(60);
/// How often one that answers late is looked at when nothing was written there.
constexpr Duration kLateAgain = std::chrono::seconds(10);

}  // namespace

struct Looks::System {
    bool running = false;
    bool late = false;       ///< whoever waited for its last look went on without it
    bool forgotten = false;  ///< it belongs to other backends than those of now
    Time asked{};            ///< of the look that runs
    std::uint64_t asked_at = 0;
    Time seen{};  ///< when the newest sighting began
    std::uint64_t seen_at = 0;
    Duration took{};  ///< its last look
    Sighting sighting;
    Failed failed;
};

Looks::Looks(Clock& clock, std::uint64_t& order, std::function<void()> came_late)
    : clock_(clock), order_(order), came_late_(std::move(came_late)) {}

void Looks::begin(
    const asio::any_io_executor& executor,
    const std::string& name,
    std::uint64_t written,
    Duration trusted,
    Look look,
    Failed failed) {
    if (tasks_ == nullptr) {
        tasks_ = std::make_unique<TaskGroup>(executor);
    }
    auto& system = systems_[name];
    if (system == nullptr) {
        system = std::make_shared<System>();
    }
    system->failed = std::move(failed);
    const auto now = clock_.now();
    const auto good_for = system->late ? kLateAgain : trusted;
    const bool fresh =
        system->sighting && system->seen_at > written && now.mono - system->seen.mono < good_for;
    if (system->running || fresh) {
        return;
    }
    system->running = true;
    system->asked = now;
    system->asked_at = ++order_;
    tasks_->spawn("look at " + name, run(system, std::move(look)));
}

void Looks::take(const std::string& name, Sighting sighting, Time asked, std::uint64_t order) {
    const auto at = systems_.find(name);
    if (at == systems_.end() || at->second->seen_at >= order) {
        return;
    }
    auto& system = *at->second;
    system.sighting = std::move(sighting);
    system.seen = asked;
    system.seen_at = order;
}

asio::awaitable<void> Looks::run(std::shared_ptr<System> system, Look look) {
    // Forgotten or not, the look has ended then.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto sighting = co_await within_deadline(*system, std::move(look));
    system->running = false;
    if (system->forgotten) {
        co_return;
    }
    if (system->asked_at > system->seen_at) {
        system->sighting = std::move(sighting);
        system->seen = system->asked;
        system->seen_at = system->asked_at;
    }
    system->took = clock_.now().mono - system->asked.mono;
    if (system->late) {
        came_late_();
    }
    // It is waited for again once it answers as quickly as others.
    system->late = system->took > patience_;
    ended_.ring();
}

asio::awaitable<Looks::Sighting> Looks::within_deadline(const System& system, Look look) {
    using asio::experimental::awaitable_operators::operator||;
    const auto asked = system.asked;
    Error error(ErrorKind::Timeout, "no answer within " + to_text(kDeadline));
    try {
        auto work = look();
        auto end = clock_.sleep_until(asked.mono + kDeadline);
        auto first = co_await (std::move(work) || std::move(end));
        if (first.index() == 0) {
            co_return std::move(std::get<0>(first));
        }
    } catch (const std::exception& thrown) {
        // Cancelled, or a bug of ours: nothing was seen.
        error = Error(ErrorKind::Internal, thrown.what());
    }
    co_return system.failed(std::move(error), asked);
}

bool Looks::is_awaited() const {
    return std::any_of(systems_.begin(), systems_.end(), [](const auto& system) {
        return system.second->running && !system.second->late;
    });
}

asio::awaitable<void> Looks::wait(Duration patience) {
    using asio::experimental::awaitable_operators::operator||;
    const auto began = clock_.now().mono;
    const auto end = began + patience;
    patience_ = patience;
    while (is_awaited() && clock_.now().mono < end) {
        co_await (ended_.wait() || clock_.sleep_until(end));
    }
    for (auto& [name, system] : systems_) {
        system->late = system->late || system->running;
    }
}

void Looks::show(const std::string& name, Observed& seen) const {
    const auto at = systems_.find(name);
    if (at == systems_.end()) {
        return;
    }
    const auto& system = *at->second;
    if (system.sighting) {
        system.sighting(seen);
    } else {
        Error none(ErrorKind::Unavailable, "it has not answered yet");
        system.failed(std::move(none), system.asked)(seen);
    }
}

std::uint64_t Looks::began(const std::string& system) const {
    const auto at = systems_.find(system);
    return at == systems_.end() ? 0 : at->second->seen_at;
}

void Looks::forget() {
    for (auto& [name, system] : systems_) {
        system->forgotten = true;
    }
    systems_.clear();
    ended_.ring();
    if (tasks_ != nullptr) {
        tasks_->cancel();
    }
}

std::size_t Looks::running() const {
    return tasks_ == nullptr ? 0 : tasks_->size();
}

asio::awaitable<void> Looks::join() {
    if (tasks_ != nullptr) {
        co_await tasks_->join();
    }
}

}  // namespace wavegate::fleet
