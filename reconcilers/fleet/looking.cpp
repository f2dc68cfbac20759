// When the controller looks at the systems, at which of them, and when it passes again.
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/stacks/context.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::fleet {

void Controller::wake() {
    moved_ = true;
    bell_.ring();
}

bool Controller::is_at_rest() const {
    const auto& record = journal_.record();
    return record.finished() && step_.release.empty() &&
           record.multiplexer().stage() == MultiplexerStage::Wired;
}

bool Controller::has_just_looked() const {
    // Beyond what the machines wait for to see, and what Swarm tells of itself.
    constexpr Duration at_rest = std::chrono::seconds(20);
    constexpr Duration untold = std::chrono::seconds(1);
    if (moved_ || observed_ == nullptr || settings_.only_look) {
        return false;
    }
    const auto now = outside_.clock.now().mono;
    if (is_at_rest()) {
        return now - looked_ < at_rest;
    }
    return now < see_again_ && now - looked_ < (observed_->told ? at_rest : untold);
}

asio::awaitable<Sight> Controller::observe() {
    constexpr Duration first_time = std::chrono::seconds(3);
    constexpr Duration each_time = std::chrono::milliseconds(250);
    constexpr Duration of_a_plan = std::chrono::minutes(2);
    Sight sight;
    sight.desired = desired_;
    sight.systems = systems_;
    if (has_just_looked()) {
        sight.observed = observed_;
        co_return sight;
    }
    Observer::Manner manner;
    // While services are in motion, most of what Swarm tells is our own doing, and the list of
    // stacks is read anew for what we wrote ourselves.
    const bool moved = std::exchange(moved_, false);
    manner.moved = (moved && is_at_rest()) || writers_.size() > 0;
    looked_ = outside_.clock.now().mono;
    looked_at_ = order_;
    auto context = stacks::DiffContext();
    if (observed_ != nullptr) {
        context = stacks::context_of(*desired_, *observed_, journal_.record(), *journal_.ledger());
    }
    // Of the process, not of a revision: a newer commit waits for nobody who hangs.
    manner.patience = passes_ == 0 ? first_time : each_time;
    manner.patience = settings_.only_look ? of_a_plan : manner.patience;
    manner.anew = settings_.only_look;
    manner.asked = fetched_ > answered_ ? asked_at_ : 0;
    manner.written = [this](const std::string& lane) { return writers_.ended(lane); };
    const bool told = listener_.hears();
    auto observed = co_await observer_.observe(
        sight.desired, sight.systems, std::move(context), std::move(manner));
    observed->told = told && listener_.hears();
    sight.observed = std::move(observed);
    co_return sight;
}

/// A pass that did nothing is never followed by another at once: whatever asked for it, the world
/// has not moved. What the guard refused would be released again without end.
Mono Controller::next_look() const {
    constexpr Duration after_refusal = std::chrono::seconds(1);
    constexpr Duration store_again = std::chrono::seconds(5);
    const auto now = outside_.clock.now().mono;
    const bool stored = journal_.healthy();
    constexpr Duration nothing_desired = std::chrono::seconds(5);
    auto next = desired_ == nullptr ? now + nothing_desired : step_.look_again;
    next = stored ? next : std::min(next, now + store_again);
    // What is decided without the lock is not done: it would be decided again and again.
    constexpr Duration standing_by = std::chrono::seconds(2);
    next = lease_.mandate() || settings_.only_look ? next : std::max(next, now + standing_by);
    return std::max(next, now + (stored && step_.release.empty() ? kBreath : after_refusal));
}

}  // namespace wavegate::fleet
