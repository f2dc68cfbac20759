#pragma once

#include "operator/base/doorbell.hpp"
#include "operator/base/task_group.hpp"
#include "operator/model/observed.hpp"
#include "operator/ports/clock.hpp"
#include "reconcilers/system.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace wavegate::fleet {

/// Looks at the systems, each beside the others and beside whoever waits for them. One that takes
/// long comes in late: what it showed before stands meanwhile, with its time.
class Looks {
  public:
    /// Writes what was seen into an observation; called once for each.
    using Sighting = wavegate::Sighting;
    using Look = std::function<asio::awaitable<Sighting>()>;
    /// What to show of a system that did not answer: at that time, for that reason.
    using Failed = std::function<Sighting(Error, Time)>;

    /// `order` counts what looks and writes do, across both. `came_late` is called when a look has
    /// ended that nobody waited for.
    Looks(Clock& clock, std::uint64_t& order, std::function<void()> came_late);

    /// Begins to look at a system, unless a look is under way, or it was seen less than `trusted`
    /// ago (of one that answers late, ten seconds) and not written to since (that point of
    /// `order`).
    void begin(
        const asio::any_io_executor& executor,
        const std::string& name,
        std::uint64_t written,
        Duration trusted,
        Look look,
        Failed failed);
    /// What somebody else saw of a system, asked then, at that point of `order`. Nothing where
    /// something newer was seen, or nobody ever looked.
    void take(const std::string& name, Sighting sighting, Time asked, std::uint64_t order);
    /// Until each look that runs has ended; at most so long, and not for those that came late last
    /// time.
    asio::awaitable<void> wait(Duration patience);
    /// Writes a system's newest sighting, or why there is none yet; nothing of what was never
    /// begun.
    void show(const std::string& name, Observed& seen) const;
    /// The point of `order` at which the newest sighting of a system began; 0: none yet.
    [[nodiscard]] std::uint64_t began(const std::string& system) const;

    /// Other systems from now on: what runs is cancelled, what was seen is forgotten.
    void forget();
    [[nodiscard]] std::size_t running() const;
    asio::awaitable<void> join();

  private:
    struct System;
    asio::awaitable<void> run(std::shared_ptr<System> system, Look look);
    asio::awaitable<Sighting> within_deadline(const System& system, Look look);
    [[nodiscard]] bool is_awaited() const;

    Clock& clock_;
    std::uint64_t& order_;
    std::function<void()> came_late_;
    std::map<std::string, std::shared_ptr<System>> systems_;
    Doorbell ended_;
    Duration patience_{};  ///< of the newest wait
    std::unique_ptr<TaskGroup> tasks_;
};

}  // namespace wavegate::fleet
