// When the controller looks at the systems, at which of them, and when it passes again.
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/stacks/context.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::fleet {

void Controller::wake() {
    moved_ = true;
    ring_urgently();
}

void Controller::ring_urgently() {
    urgent_ = true;
    bell_.ring();
}

/// What changed by another's hand may have been changed by its stack.
void Controller::hear(Stacks::Hint::Kind told) {
    if (memory_ != nullptr && told == Stacks::Hint::Kind::Changed) {
        memory_->moved = true;
    }
    wake();
}

bool Controller::awaits(const std::string& swarm_service) const {
    if (desired_ == nullptr || observed_ == nullptr) {
        return false;
    }
    const auto ledger = writers_.with_all(journal_.ledger());
    const auto& multiplexer = desired_->fleet.multiplexer;
    if (swarm_service == multiplexer.stack + "_" + multiplexer.service) {
        return rollout::is_landing(*observed_, *ledger, journal_.record().multiplexer());
    }
    const auto& members = journal_.record().members();
    return std::any_of(members.begin(), members.end(), [&](const Member& member) {
        const auto* spec = desired_->service(member.service);
        return spec != nullptr && rollout::is_landing(*observed_, *ledger, member) &&
               swarm_service == spec->stack + "_" + spec->compose_service;
    });
}

bool Controller::is_at_rest() const {
    const auto& record = journal_.record();
    return record.finished() && step_.release.empty() &&
           record.multiplexer().stage() == MultiplexerStage::Wired;
}

bool Controller::has_just_looked() const {
    return !others_moved_ && sees_enough();
}

/// All are where they end, and the list of stacks was read before the last write there ended: what
/// was written would be taken for a difference, and the rollout for not done.
bool Controller::is_list_late() const {
    const auto& record = journal_.record();
    const auto& members = record.members();
    return !record.finished() && writers_.size() == 0 && listed_at_ < writers_.stacks_ended() &&
           std::all_of(members.begin(), members.end(), [](const Member& member) {
               return rollout::settled(member.phase());
           });
}

bool Controller::sees_enough() const {
    // Beyond what the machines wait for to see, and what Swarm tells of itself.
    constexpr Duration at_rest = std::chrono::seconds(20);
    constexpr Duration untold = std::chrono::seconds(1);
    if (moved_ || observed_ == nullptr || settings_.only_look || is_list_late()) {
        return false;
    }
    const auto now = outside_.clock.now().mono;
    if (is_at_rest()) {
        return now - looked_ < at_rest;
    }
    return now < see_again_ && (observed_->told || now - looked_ < untold);
}

Observer::Manner Controller::manner_of_looking() {
    constexpr Duration first_time = std::chrono::seconds(3);
    constexpr Duration each_time = std::chrono::milliseconds(250);
    constexpr Duration of_a_plan = std::chrono::minutes(2);
    Observer::Manner manner;
    // Of the process, not of a revision: a newer commit waits for nobody who hangs.
    manner.patience = passes_ == 0 ? first_time : each_time;
    manner.patience = settings_.only_look ? of_a_plan : manner.patience;
    manner.anew = settings_.only_look;
    manner.asked = fetched_ > answered_ ? asked_at_ : 0;
    manner.written = [this](const std::string& lane) { return writers_.ended(lane); };
    manner.told = listener_.hears();
    others_moved_ = false;
    if (sees_enough() && observed_->stacks.ok() && observed_->swarm.ok()) {
        manner.kept = observed_;
        return manner;
    }
    // While services are in motion, most of what Swarm tells is our own doing, and the list of
    // stacks is read anew for what we wrote ourselves.
    const bool moved = std::exchange(moved_, false);
    manner.moved = (moved && is_at_rest()) || writers_.size() > 0 || is_list_late();
    looked_ = outside_.clock.now().mono;
    looked_at_ = order_;
    return manner;
}

asio::awaitable<Sight> Controller::observe() {
    Sight sight;
    sight.desired = desired_;
    sight.systems = systems_;
    if (has_just_looked()) {
        sight.observed = observed_;
        co_return sight;
    }
    auto context = stacks::DiffContext();
    if (observed_ != nullptr) {
        context = stacks::context_of(*desired_, *observed_, journal_.record(), *journal_.ledger());
    }
    auto manner = manner_of_looking();
    const bool told = manner.told;
    const auto looked_at = looked_at_;
    const auto memory = memory_;
    const auto lists = memory->lists;
    auto observed = co_await observer_.observe(
        sight.desired, sight.systems, std::move(context), std::move(manner));
    if (memory->lists != lists && memory == memory_) {
        listed_at_ = looked_at;
    }
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
