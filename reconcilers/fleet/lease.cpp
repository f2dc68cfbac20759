#include "reconcilers/fleet/lease.hpp"

#include "operator/base/log.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::fleet {
namespace {

/// Of a stop: the others wait, where it takes longer.
constexpr Duration kGiveBackIn = std::chrono::seconds(1);
/// Between two lines that say that no lock is kept.
constexpr Duration kRemindEach = std::chrono::hours(1);

lock::Heard heard(Result<std::optional<LockConfig>> seen) {
    if (!seen) {
        return lock::Failed{seen.take_error()};
    }
    if (!*seen) {
        return lock::Absent{};
    }
    return lock::Found{std::move(**seen)};
}

}  // namespace

Lease::Lease(Clock& clock, Contender self, std::function<Mono()> store, Turned turned)
    : clock_(clock), self_(std::move(self)), store_(std::move(store)), turned_(std::move(turned)) {
    if (!self_.locked) {
        leadership_ = without_lock();
        is_known_ = true;
    }
}

Leadership Lease::without_lock() const {
    Leadership leads;
    leads.own = true;
    leads.locked = false;
    leads.until = Mono::max();
    leads.holder = self_.holder;
    leads.host = self_.host;
    return leads;
}

void Lease::keep(
    const asio::any_io_executor& executor,
    std::shared_ptr<Backends> backends,
    const FleetSpec& fleet,
    std::string identity) {
    if (backends == backends_) {
        return;
    }
    const bool first = backends_ == nullptr;
    if (tasks_ == nullptr) {
        tasks_ = std::make_unique<TaskGroup>(executor);
    }
    backends_ = std::move(backends);
    if (!self_.locked) {
        if (first) {
            tasks_->spawn("no lock", remind());
            note(without_lock());
        }
        return;
    }
    tasks_->cancel();
    name_ = lock_name(fleet.name);
    auto where = fleet.portainer.url + "\n" + fleet.portainer.environment + "\n" + name_;
    if (where != std::exchange(where_, where)) {
        state_ = lock::State();  // another lock: of that one nothing is known
        leadership_ = Leadership();
    }
    lock::Me me;
    me.fleet = fleet.name;
    me.holder = self_.holder;
    me.identity = std::move(identity);
    me.host = self_.host;
    tasks_->spawn("lock", contend(backends_, std::move(me)));
}

void Lease::stand_by(const Leadership& other) {
    if (backends_ != nullptr) {
        tasks_->cancel();
        backends_ = nullptr;
        mark_ = std::max(mark_, state_.claim.term);
        // Who gets the store again takes the lock back of whoever had both meanwhile.
        state_ = lock::State();
    }
    note(other);
}

asio::awaitable<void> Lease::known(Duration patience) {
    using asio::experimental::awaitable_operators::operator||;
    if (!is_known_) {
        co_await (known_.wait() || clock_.sleep_until(clock_.now().mono + patience));
    }
}

void Lease::heed(std::uint64_t term) {
    if (term > std::max(mark_, leadership_.term)) {
        mark_ = term;
        marked_.ring();
    }
}

std::optional<std::uint64_t> Lease::mandate() const {
    if (clock_.now().mono >= until()) {
        return std::nullopt;
    }
    return leadership_.term;
}

asio::awaitable<void> Lease::contend(std::shared_ptr<Backends> backends, lock::Me me) {
    lock::Heard heard = lock::Marked{mark_};
    while (true) {
        auto turn = lock::step(me, std::move(state_), heard, clock_.now());
        state_ = std::move(turn.state);
        if (std::holds_alternative<lock::Rest>(turn.order)) {
            note(lock::leadership_of(me, state_));
        }
        heard = co_await do_next(*backends->lock, std::move(turn.order));
    }
}

asio::awaitable<lock::Heard> Lease::do_next(FleetLock& lock, lock::Order order) {
    if (const auto* until = std::get_if<lock::Rest>(&order)) {
        co_return co_await rest(*until);
    }
    auto* take = std::get_if<lock::Take>(&order);
    if (take == nullptr) {
        co_return fleet::heard(co_await lock.read(name_));
    }
    lock::Taken taken;
    taken.claim = take->claim;
    taken.sent = clock_.now().mono;
    auto labels = lock::labels_of(take->claim);
    Result<void> done;
    if (take->on) {
        done = co_await lock.update(std::move(*take->on), std::move(labels));
    } else {
        done = co_await lock.create(name_, std::move(labels));
    }
    if (!done) {
        co_return lock::Failed{done.take_error()};
    }
    co_return taken;
}

asio::awaitable<lock::Heard> Lease::rest(lock::Rest order) {
    using asio::experimental::awaitable_operators::operator||;
    // It may have been heard while a call was under way.
    if (mark_ <= state_.known) {
        co_await (clock_.sleep_until(order.until) || marked_.wait());
    }
    lock::Heard next = lock::Rested{};
    if (mark_ > state_.known) {
        next = lock::Marked{mark_};
    }
    co_return next;
}

void Lease::note(const Leadership& now) {
    const auto before = std::exchange(leadership_, now);
    is_known_ = true;
    known_.ring();
    const bool same = before.own == now.own && before.holder == now.holder &&
                      before.term == now.term && before.trouble == now.trouble;
    if (!same) {
        turned_(before);
    }
}

asio::awaitable<void> Lease::remind() {
    while (true) {
        log::warn(
            "lock: none: nothing keeps this operator and another one apart; see to it that no "
            "other acts on this fleet");
        const auto waited = co_await clock_.sleep_until(clock_.now().mono + kRemindEach);
        if (!waited) {
            co_return;
        }
    }
}

void Lease::cancel() {
    if (tasks_ != nullptr) {
        tasks_->cancel();
    }
}

asio::awaitable<void> Lease::end(bool unsettled) {
    using asio::experimental::awaitable_operators::operator||;
    if (tasks_ == nullptr) {
        co_return;
    }
    co_await tasks_->join();
    if (self_.locked && !unsettled && mandate()) {
        co_await (give_back() || clock_.sleep_until(clock_.now().mono + kGiveBackIn));
    }
    leadership_.until.reset();
}

asio::awaitable<void> Lease::give_back() {
    // From here on it is anybody's.
    leadership_.until.reset();
    auto& lock = *backends_->lock;
    auto seen = co_await lock.read(name_);
    if (!seen || !*seen || lock::claim_of((*seen)->labels).holder != self_.holder) {
        co_return;
    }
    auto labels = lock::labels_of(lock::released(lock::claim_of((*seen)->labels)));
    const auto done = co_await lock.update(std::move(**seen), std::move(labels));
    if (done) {
        log::info("the fleet's lock was given back");
    }
}

}  // namespace wavegate::fleet
