#pragma once

#include "operator/base/doorbell.hpp"
#include "operator/base/task_group.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/random.hpp"
#include "reconcilers/fleet/outside.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wavegate::fleet {

/// Follows Swarm's events beside the passes, so that a change by another's hand need not wait for
/// the next look. A hint and no more: a pass looks itself, nothing that an event says is believed,
/// and where there is no stream, or it is lost, nothing is but later.
class Listener {
  public:
    /// `ring`: called at once for the first change, and at most once a second, since one change
    /// tells of itself several times; for the ends of updates a moment later, since those that
    /// began together end together. `is_awaited`: is a change of that Swarm service under way, of
    /// which the end is what there is to be seen? Without `random` the pauses are what they are.
    Listener(
        Clock& clock,
        Random* random,
        std::function<void(Stacks::Hint::Kind)> ring,
        std::function<bool(const std::string& service)> is_awaited);

    /// Of these from now on, in place of those before; the same again changes nothing.
    void listen(const asio::any_io_executor& executor, std::shared_ptr<Backends> backends);
    /// Does a stream stand just now? What it tells is a hint all the same.
    [[nodiscard]] bool hears() const;
    void cancel();
    asio::awaitable<void> join();

  private:
    struct Stream;
    asio::awaitable<void> follow(std::shared_ptr<Backends> backends);
    Task<void> one_stream(Backends& backends, std::shared_ptr<Stream> stream);
    asio::awaitable<void> give_up_in_time(std::shared_ptr<Stream> stream);
    asio::awaitable<void> pass_on();
    void hear(const Stacks::Hint& hint);
    void ring_by(Mono due, Stacks::Hint::Kind heard);
    std::function<void(Stacks::Hint)> teller(std::shared_ptr<Stream> stream);
    [[nodiscard]] Duration pause_after(const Stream& stream, const Result<void>& ended);
    void log_end(const Stream& stream, const Result<void>& ended);

    Clock& clock_;
    Random* random_;
    std::function<void(Stacks::Hint::Kind)> ring_;
    std::function<bool(const std::string&)> is_awaited_;
    Doorbell heard_;
    std::optional<Mono> due_;                              ///< when to ring for what was heard
    Stacks::Hint::Kind what_ = Stacks::Hint::Kind::Ended;  ///< Changed: not ends alone
    std::shared_ptr<Backends> backends_;
    std::shared_ptr<const Stream> stream_;  ///< the newest one
    bool gap_ = false;                      ///< a stream ended, and none stands yet
    bool said_ = false;                     ///< that there is none
    Duration pause_{};                      ///< the newest one
    std::unique_ptr<TaskGroup> tasks_;
};

}  // namespace wavegate::fleet
