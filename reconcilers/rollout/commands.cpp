// What a person may say of the rollout now.
#include "reconcilers/rollout/decide.hpp"
#include "reconcilers/rollout/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

Result<void>
may_retry(const RolloutRecord& record, const Ledger& ledger, const std::string& service) {
    const auto& members = record.members();
    const bool any = std::any_of(members.begin(), members.end(), [&](const Member& member) {
        return (service.empty() || member.service == service) &&
               has_what_retry_ends(record, ledger, member);
    });
    if (any || (service.empty() && record.multiplexer().stage() == MultiplexerStage::Failed)) {
        return {};
    }
    return Error(
        ErrorKind::Invalid,
        "nothing to retry: retry is for what was rolled back, is held, was rejected or is broken");
}

}  // namespace

Result<void> may_say(const RolloutRecord& record, const Ledger& ledger, const Command& command) {
    if (!command.service.empty() && record.member(command.service) == nullptr) {
        return Error(
            ErrorKind::NotFound, fmt::format("no member {} in this rollout", command.service));
    }
    if (command.verb == Verb::Retry) {
        return may_retry(record, ledger, command.service);
    }
    if (!command.until.empty() && (command.verb != Verb::Freeze || !parse_rfc3339(command.until))) {
        return Error(ErrorKind::Invalid, "until is a freeze's, and an RFC 3339 time");
    }
    if (command.verb == Verb::Unfreeze && ledger.freeze() == nullptr) {
        return Error(
            ErrorKind::Invalid,
            "nobody froze it by a command; a freeze of the Fleet is ended by a commit");
    }
    if (command.verb == Verb::Accept && command.service.empty()) {
        return Error(ErrorKind::Invalid, "accept names one service");
    }
    return {};
}

}  // namespace wavegate::rollout
