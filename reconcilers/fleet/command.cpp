// A person's word to the controller.
#include "reconcilers/fleet/controller.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::fleet {

/// Read, decided and written within one turn of the journal: a pass that has not heard it decides
/// again.
Task<void> Controller::command(Command command) {
    Journal::Decide decide = [this, &command] { return decide_on(command); };
    auto committed = co_await journal_.change(std::move(decide));
    wake();
    co_return committed;
}

Result<Journal::Change> Controller::decide_on(const Command& command) const {
    const auto& record = journal_.record();
    if (!command.rollout.empty() && command.rollout != record.id()) {
        return Error(ErrorKind::NotFound, "no such rollout: it was superseded or never was");
    }
    if (auto may = rollout::may_say(record, *journal_.ledger(), command); !may) {
        return may.take_error();
    }
    const auto now = outside_.clock.now();
    Journal::Change change;
    change.batch.words.push_back({command.verb, record.id(), command.service, command.who, now});
    AuditEntry audit;
    audit.at = now;
    audit.who = command.who;
    audit.what = fmt::format("{} {}", to_string(command.verb), command.service);
    change.batch.audit.push_back(std::move(audit));
    Event event;
    event.at = now;
    event.kind = "Normal";
    const auto fleet = desired_ == nullptr ? std::string() : desired_->fleet.name;
    event.object = command.service.empty() ? "Fleet/" + fleet : "Service/" + command.service;
    event.reason = row(command.verb).event;
    event.message = fmt::format("{} asked for it", command.who.empty() ? "a person" : command.who);
    change.batch.events.push_back(std::move(event));
    return change;
}

}  // namespace wavegate::fleet
