#pragma once

#include "operator/base/doorbell.hpp"
#include "operator/base/task_group.hpp"
#include "operator/model/leadership.hpp"
#include "operator/ports/clock.hpp"
#include "reconcilers/fleet/outside.hpp"
#include "reconcilers/lock/machine.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wavegate::fleet {

/// This process among those that may want to act on the fleet.
struct Contender {
    bool locked = true;  ///< false: nothing keeps two apart, as operator.yaml says
    std::string holder;  ///< of this process alone, ever
    std::string host;
};

/// Contends for the fleet's lock beside the passes, renews it and gives it back: `lock/machine`
/// says what is next, here it is done.
class Lease {
  public:
    /// `turned`: called whenever it is another who acts, or another trouble, with what was before.
    using Turned = std::function<void(const Leadership& before)>;
    /// `store`: until when the store is this process's. Nobody acts past that, whatever the lock
    /// says: who has the store next takes the lock back at once.
    Lease(Clock& clock, Contender self, std::function<Mono()> store, Turned turned);

    /// Of these from now on, in place of those before; the same again changes nothing. `identity`:
    /// Store::identity.
    void keep(
        const asio::any_io_executor& executor,
        std::shared_ptr<Backends> backends,
        const FleetSpec& fleet,
        std::string identity);
    /// The store is another's, or may be: so is the fleet, whatever its lock says, until `keep`.
    void stand_by(const Leadership& other);
    [[nodiscard]] bool keeps(const std::shared_ptr<Backends>& backends) const {
        return backends == backends_;
    }
    /// Until something is known of it, or that long.
    asio::awaitable<void> known(Duration patience);
    /// A mark of the fleet bears this term: one higher than this process's makes it ask who acts.
    void heed(std::uint64_t term);

    [[nodiscard]] const Leadership& leadership() const { return leadership_; }
    /// The term by which this process may act now; nothing: it may not. 0: no lock is kept.
    [[nodiscard]] std::optional<std::uint64_t> mandate() const;
    /// As LeaseProof wants it: the beginning of time where it is not held.
    [[nodiscard]] Mono until() const {
        return std::min(leadership_.until.value_or(Mono::min()), store_());
    }

    void cancel();
    /// What it holds is given back, so that another may act at once; not where `unsettled`: then
    /// the others wait. After `cancel`.
    asio::awaitable<void> end(bool unsettled);

  private:
    asio::awaitable<void> contend(std::shared_ptr<Backends> backends, lock::Me me);
    asio::awaitable<lock::Heard> do_next(FleetLock& lock, lock::Order order);
    asio::awaitable<lock::Heard> rest(lock::Rest order);
    asio::awaitable<void> give_back();
    asio::awaitable<void> remind();
    void note(const Leadership& now);
    [[nodiscard]] Leadership without_lock() const;

    Clock& clock_;
    Contender self_;
    std::function<Mono()> store_;
    Turned turned_;
    Doorbell marked_;
    Doorbell known_;
    bool is_known_ = false;
    std::uint64_t mark_ = 0;  ///< the highest that was heard
    std::shared_ptr<Backends> backends_;
    std::string name_;
    std::string where_;  ///< and its Swarm
    lock::State state_;
    Leadership leadership_;
    std::unique_ptr<TaskGroup> tasks_;
};

}  // namespace wavegate::fleet
