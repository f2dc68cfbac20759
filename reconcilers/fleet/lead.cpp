// The controller as one of several: does it act, or stand by?
#include "operator/base/log.hpp"
#include "operator/model/epoch.hpp"
#include "operator/status/words.hpp"
#include "reconcilers/fleet/controller.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::fleet {
namespace {

/// What is told of a change; an empty reason: there is nothing to tell.
Event event_of(const Leadership& before, const Leadership& now) {
    Event event;
    event.kind = "Normal";
    if (now.own && (!before.own || before.term != now.term)) {
        event.reason = "LockTaken";
        event.message = fmt::format("this operator acts, by term {}", now.term);
    } else if (before.own && !now.own) {
        event.kind = "Warning";
        event.reason = "LockLost";
        event.message = now.stands_by() ? "this operator acts no more: " + status::who_acts(now)
                                        : "this operator acts no more: " + now.trouble;
    } else if (now.stands_by() && (before.holder != now.holder || before.term != now.term)) {
        event.reason = "StandsBy";
        event.message = "this operator stands by: " + status::who_acts(now);
    }
    return event;
}

}  // namespace

/// A store that is another's is followed: what it holds as in force, and who acts.
void Controller::follow_store() {
    if (settings_.only_look) {
        return;
    }
    if (journal_.is_held()) {
        if (std::exchange(follows_, false)) {
            // Nothing is known of the source before it was asked.
            source_ = status::SourceView();
            source_.revision = desired_ == nullptr ? std::string() : desired_->revision;
            source_due_ = true;
            source_bell_.ring();
        }
        return;
    }
    follows_ = true;
    lease_.stand_by(journal_.leader());
    if (desired_ != nullptr) {
        held_.reset();
        source_.ready = true;
        source_.reason = "Followed";
        source_.message = "as the operator that acts has it";
        source_.seen = desired_->revision;
        source_.found.clear();
    }
}

/// Contends for the lock of what is in force, once it is known which terms the fleet bears. The
/// first pass waits until it is known who acts.
asio::awaitable<void> Controller::keep_lease() {
    constexpr Duration patience = std::chrono::seconds(3);
    if (!lease_.keeps(systems_->shared_backends())) {
        const auto systems = systems_;
        const auto sighting = co_await systems->stacks().look(desired_);
        systems->stacks().expect_changes();
        Observed seen;
        sighting(seen);
        heed_marks(seen);
    }
    lease_.keep(*executor_, systems_->shared_backends(), desired_->fleet, journal_.identity());
    if (passes_ == 0) {
        co_await lease_.known(patience);
    }
}

/// Whoever wrote them had that term: a deleted lock begins again above it.
void Controller::heed_marks(const Observed& seen) {
    if (seen.stacks.ok()) {
        lease_.heed(highest_epoch(*seen.stacks, desired_->fleet.name));
    }
}

void Controller::lead_turned(const Leadership& before) {
    const auto& now = lease_.leadership();
    if (!now.trouble.empty() && now.trouble != before.trouble) {
        log::warn("the fleet's lock: {}", now.trouble);
    }
    auto event = event_of(before, now);
    if (!event.reason.empty() && !stopping_) {
        event.at = outside_.clock.now();
        event.object = "Fleet/" + (desired_ == nullptr ? std::string() : desired_->fleet.name);
        if (event.reason == "StandsBy" || !journal_.is_held()) {
            log::info("{}", event.message);
        } else {
            beside_->spawn("lead", tell_of_lead(std::move(event)));
        }
    }
    if (now.own && !before.own && observed_ != nullptr) {
        // What another did meanwhile was seen by nobody here.
        looks_.forget();
        observed_.reset();
    }
    wake();
}

asio::awaitable<void> Controller::tell_of_lead(Event event) {
    Batch batch;
    batch.events.push_back(std::move(event));
    static_cast<void>(co_await journal_.commit_or_keep(std::move(batch)));
    wake();
}

/// Another acts: what a person says is to be said to that one.
std::optional<Error> Controller::stands_by() const {
    const auto& leads = lease_.leadership();
    if (!leads.stands_by()) {
        return std::nullopt;
    }
    return Error(
        ErrorKind::Conflict,
        "this operator stands by: " + status::who_acts(leads) + "; say it there");
}

}  // namespace wavegate::fleet
