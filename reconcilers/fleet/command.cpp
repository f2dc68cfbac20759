// A person's word to the controller.
#include "reconcilers/fleet/controller.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace wavegate::fleet {

/// Read, decided and written within one turn of the journal: what the pass concludes meanwhile goes
/// by the record that this leaves.
Task<void> Controller::command(Command command) {
    Journal::Decide decide = [this, &command] { return decide_on(command); };
    auto committed = co_await journal_.change(std::move(decide));
    wake();
    co_return committed;
}

Result<Journal::Change> Controller::decide_on(const Command& command) const {
    constexpr std::array<std::string_view, 4> verbs{"pause", "resume", "retry", "accept"};
    constexpr std::array<std::string_view, 4> done{"Paused", "Resumed", "Retried", "Accepted"};
    const auto& record = journal_.record();
    if (!command.rollout.empty() && command.rollout != record.id()) {
        return Error(ErrorKind::NotFound, "no such rollout: it was superseded or never was");
    }
    const auto now = outside_.clock.now();
    auto next = rollout::apply(record, *journal_.ledger(), command, now);
    if (!next) {
        return next.take_error();
    }
    const auto verb = static_cast<std::size_t>(command.verb);
    Journal::Change change;
    auto& batch = change.batch;
    AuditEntry audit;
    audit.at = now;
    audit.who = command.who;
    audit.what = fmt::format("{} {}", verbs.at(verb), command.service);
    batch.audit.push_back(std::move(audit));
    Event event;
    event.at = now;
    event.kind = "Normal";
    const auto fleet = desired_ == nullptr ? std::string() : desired_->fleet.name;
    event.object = command.service.empty() ? "Fleet/" + fleet : "Service/" + command.service;
    event.reason = done.at(verb);
    event.message = fmt::format("{} asked for it", command.who.empty() ? "a person" : command.who);
    batch.events.push_back(std::move(event));
    if (command.verb == Command::Verb::Accept) {
        Exception exception;
        exception.rollout = next->id();
        exception.service = command.service;
        exception.who = command.who;
        exception.at = now;
        batch.exceptions.push_back(std::move(exception));
    }
    batch.record = std::move(*next);
    return change;
}

}  // namespace wavegate::fleet
