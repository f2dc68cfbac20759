// A person's word about the rollout, between two steps.
#include "reconcilers/rollout/decide.hpp"
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/reduce.hpp"

#include <fmt/format.h>

namespace wavegate::rollout {
namespace {

/// Is there something that `retry` ends? In Pending: a rejection, turns, or a broken baseline.
bool may_retry(const RolloutRecord& record, const Ledger& ledger, const Member& member) {
    if (member.phase() != Phase::Pending) {
        return cell(member.phase(), Happening::Retried).kind == Cell::Kind::Move;
    }
    const auto* baseline = ledger.latest(CheckKind::Baseline, member.service);
    const bool broken = baseline != nullptr && baseline->verdict != Verdict::Pass;
    return broken || record.rejected().contains(member.service) ||
           record.turns().contains(member.service);
}

Result<RolloutRecord>
retry(RolloutRecord record, const Ledger& ledger, const Command& command, Time now) {
    bool any = false;
    const auto named = [&](const Member& member) {
        return command.service.empty() || member.service == command.service;
    };
    std::vector<std::string> services;
    for (const auto& member : record.members()) {
        if (named(member) && may_retry(record, ledger, member)) {
            services.push_back(member.service);
        }
    }
    if (command.service.empty() && record.multiplexer().stage() == MultiplexerStage::Failed) {
        record = Reducer::retried(record, "", now);
        any = true;
    }
    for (const auto& service : services) {
        record = Reducer::retried(record, service, now);
        any = true;
    }
    if (!any) {
        return Error(
            ErrorKind::Invalid,
            "nothing to retry: retry is for what was rolled back, is held, was rejected or is "
            "broken");
    }
    return record;
}

}  // namespace

Result<RolloutRecord>
apply(const RolloutRecord& record, const Ledger& ledger, const Command& command, Time now) {
    if (!command.service.empty() && record.member(command.service) == nullptr) {
        return Error(
            ErrorKind::NotFound, fmt::format("no member {} in this rollout", command.service));
    }
    switch (command.verb) {
        case Command::Verb::Pause:
            return Reducer::paused(record, true);
        case Command::Verb::Resume:
            return Reducer::paused(record, false);
        case Command::Verb::Retry:
            return retry(record, ledger, command, now);
        case Command::Verb::Accept:
            if (command.service.empty()) {
                return Error(ErrorKind::Invalid, "accept names one service");
            }
            return Reducer::accepted(record, command.service, now);
    }
    return Error(ErrorKind::Invalid, "unknown command");
}

}  // namespace wavegate::rollout
