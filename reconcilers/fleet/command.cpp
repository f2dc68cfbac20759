// A person's word to the controller.
#include "reconcilers/clients/diff.hpp"
#include "reconcilers/fleet/controller.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::fleet {

std::string asked_for_it(const std::string& who, const std::string& why) {
    return fmt::format(
        "{} asked for it{}{}", who.empty() ? "a person" : who, why.empty() ? "" : ": ", why);
}

/// Read, decided and written within one turn of the journal: a pass that has not heard it decides
/// again.
Task<void> Controller::command(Command command) {
    if (auto standby = stands_by()) {
        co_return std::move(*standby);
    }
    Journal::Decide decide = [this, &command] { return decide_on(command); };
    auto committed = co_await journal_.change(std::move(decide));
    wake();
    co_return committed;
}

/// May it be said now, and what of is it said? Of a client, which one; of all else nothing.
Result<std::string> Controller::against_what(const Command& command) const {
    if (command.client.empty()) {
        auto may = rollout::may_say(journal_.record(), *journal_.ledger(), command);
        return may ? Result<std::string>(std::string()) : may.take_error();
    }
    if (command.verb != Verb::Accept || !command.service.empty()) {
        return Error(ErrorKind::Invalid, "a client can be accepted, alone, and nothing else");
    }
    if (desired_ == nullptr || observed_ == nullptr) {
        return Error(ErrorKind::Unavailable, "nothing has been observed yet");
    }
    return clients::may_adopt(*desired_, *observed_, command.client);
}

Result<Journal::Change> Controller::decide_on(const Command& command) const {
    const auto& record = journal_.record();
    if (!command.rollout.empty() && command.rollout != record.id()) {
        return Error(ErrorKind::NotFound, "no such rollout: it was superseded or never was");
    }
    auto against = against_what(command);
    if (!against) {
        return against.take_error();
    }
    const auto now = outside_.clock.now();
    Journal::Change change;
    change.batch.words.push_back(
        {command.verb,
         record.id(),
         command.service,
         command.who,
         now,
         command.client,
         *against,
         command.why,
         command.until});
    AuditEntry audit;
    audit.at = now;
    audit.who = command.who;
    const auto& subject = command.client.empty() ? command.service : command.client;
    audit.what = fmt::format("{} {}", to_string(command.verb), subject);
    audit.why = command.why;
    change.batch.audit.push_back(std::move(audit));
    Event event;
    event.at = now;
    event.kind = "Normal";
    const auto fleet = desired_ == nullptr ? std::string() : desired_->fleet.name;
    event.object = !command.client.empty()    ? "OidcClient/" + command.client
                   : !command.service.empty() ? "Service/" + command.service
                                              : "Fleet/" + fleet;
    event.reason = row(command.verb).event;
    event.message = asked_for_it(command.who, command.why) +
                    (command.until.empty() ? "" : ", until " + command.until);
    change.batch.events.push_back(std::move(event));
    return change;
}

}  // namespace wavegate::fleet
