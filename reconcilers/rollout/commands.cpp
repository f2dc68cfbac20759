#include "reconcilers/rollout/decide.hpp"
#include "reconcilers/rollout/phases.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

void move(Member& member, Phase phase, Time now) {
    member.phase = phase;
    member.since = now;
    member.bad_since.reset();
    member.suspect_since.reset();
}

bool retry_member(RolloutRecord& record, Member& member, Time now) {
    const auto& found = cell(member.phase, Happening::Retried);
    if (found.kind != Cell::Kind::Move) {
        return false;
    }
    const bool stays = found.next == member.phase && member.reason != Reason::Rejected;
    record.rejected.erase(member.service);
    std::erase(record.accepted, member.service);
    record.turns.erase(member.service);
    member.tried.clear();
    member.intent.clear();
    member.shared_cause = false;
    if (found.next == Phase::Pending) {
        member.reason = Reason::None;
        member.message.clear();
    }
    move(member, found.next, now);
    return !stays;
}

void accept_member(RolloutRecord& record, Member& member, Time now) {
    std::erase(record.accepted, member.service);
    record.accepted.push_back(member.service);
    const auto& found = cell(member.phase, Happening::Accepted);
    if (found.kind == Cell::Kind::Move) {
        member.reason = Reason::Accepted;
        move(member, found.next, now);
    }
}

Result<RolloutRecord> retry(RolloutRecord record, const Command& command, Time now) {
    bool any = false;
    if (record.multiplexer.stage == MultiplexerStage::Failed && command.service.empty()) {
        record.multiplexer = MultiplexerRecord();
        record.multiplexer.since = now;
        any = true;
    }
    for (auto& member : record.members) {
        if (command.service.empty() || member.service == command.service) {
            any = retry_member(record, member, now) || any;
        }
    }
    if (!any) {
        return Error(
            ErrorKind::Invalid, "nothing to retry: retry is for what was rolled back or is held");
    }
    return record;
}

}  // namespace

Result<RolloutRecord> apply(const RolloutRecord& record, const Command& command, Time now) {
    auto next = record;
    if (!command.service.empty() && next.member(command.service) == nullptr) {
        return Error(
            ErrorKind::NotFound, fmt::format("no member {} in this rollout", command.service));
    }
    switch (command.verb) {
        case Command::Verb::Pause:
            next.paused = true;
            return next;
        case Command::Verb::Resume:
            next.paused = false;
            return next;
        case Command::Verb::Retry:
            return retry(std::move(next), command, now);
        case Command::Verb::Accept:
            if (command.service.empty()) {
                return Error(ErrorKind::Invalid, "accept names one service");
            }
            accept_member(next, *next.member(command.service), now);
            return next;
    }
    return Error(ErrorKind::Invalid, "unknown command");
}

}  // namespace wavegate::rollout
