#include "reconcilers/rollout/resume.hpp"

#include "reconcilers/rollout/phases.hpp"

#include <algorithm>
#include <optional>

namespace wavegate::rollout {
namespace {

Mono newest(
    const RolloutRecord& record,
    const Ledger& ledger,
    const std::vector<Event>& events,
    Mono now) {
    Mono last{};
    const auto see = [&](const Time& at) { last = std::max(last, std::min(at.mono, now)); };
    for (const auto& evidence : ledger.evidence) {
        see(evidence.taken);
        see(evidence.answered);
    }
    for (const auto& intent : ledger.intents) {
        see(intent.at);
        see(intent.settled);
    }
    for (const auto& event : events) {
        see(event.at);
    }
    for (const auto& member : record.members) {
        see(member.since);
    }
    see(record.multiplexer.since);
    return last;
}

void move_on(Time& at, Duration by) {
    at.wall += by;
    at.mono += by;
}

void move_on(std::optional<Time>& at, Duration by) {
    if (at) {
        move_on(*at, by);
    }
}

}  // namespace

RolloutRecord
resume(RolloutRecord record, const Ledger& ledger, const std::vector<Event>& events, Time now) {
    const auto away = now.mono - newest(record, ledger, events, now.mono);
    for (auto& member : record.members) {
        const bool waits = in_motion(member.phase) || member.phase == Phase::RollingBack;
        if (waits) {
            move_on(member.since, away);
            if (member.flipped.wall != Wall()) {
                move_on(member.flipped, away);
            }
        }
        move_on(member.bad_since, away);
        move_on(member.suspect_since, away);
    }
    const auto stage = record.multiplexer.stage;
    if (stage != MultiplexerStage::Wired && stage != MultiplexerStage::Failed) {
        move_on(record.multiplexer.since, away);
    }
    move_on(record.shared_bad, away);
    move_on(record.shared_good, away);
    return record;
}

}  // namespace wavegate::rollout
