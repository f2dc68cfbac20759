#include "operator/net/slots.hpp"

namespace wavegate::net {

Task<Slots::Held> Slots::take() {
    const std::weak_ptr<Slots> weak = weak_from_this();
    if (free_ > 0) {
        --free_;
        co_return Held(weak.lock());
    }
    auto queue = [this, weak](Resumption<bool> waiter, asio::cancellation_slot slot) {
        const auto ticket = next_ticket_++;
        if (slot.is_connected()) {
            slot.assign([weak, ticket](asio::cancellation_type /*type*/) {
                if (auto alive = weak.lock()) {
                    alive->leave(ticket);
                }
            });
        }
        waiting_.emplace(ticket, std::move(waiter));
    };
    const bool got = co_await suspend<bool>(std::move(queue));
    if (!got) {
        co_return Error(ErrorKind::Cancelled, "request cancelled");
    }
    co_return Held(weak.lock());
}

void Slots::give_back() {
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    // The slot goes from hand to hand and is never free in between.
    auto first = waiting_.extract(waiting_.begin());
    first.mapped()(true);
}

void Slots::leave(std::uint64_t ticket) {
    if (auto waiter = waiting_.extract(ticket)) {
        waiter.mapped()(false);
    }
}

}  // namespace wavegate::net
