#include "reconcilers/rollout/resume.hpp"

#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/reduce.hpp"

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
    for (const auto& member : record.members()) {
        see(member.since);
    }
    see(record.multiplexer().since);
    return last;
}

}  // namespace

RolloutRecord resume(
    const RolloutRecord& record,
    const Ledger& ledger,
    const std::vector<Event>& events,
    Time now) {
    return Reducer::moved_on(record, now.mono - newest(record, ledger, events, now.mono));
}

// -- what the reducer moves on

namespace {

void move_on(Time& at, Duration by) {
    if (at.wall != Wall()) {
        at.wall += by;
        at.mono += by;
    }
}

void move_on(std::optional<Time>& at, Duration by) {
    if (at) {
        move_on(*at, by);
    }
}

void move_on(Trouble& trouble, Duration by) {
    move_on(trouble.since, by);
    move_on(trouble.suspect_since, by);
}

/// Every time in a state from which something is counted.
struct MoveOn {
    Duration by;

    template <class State>
    void operator()(State& in) const {
        if constexpr (requires { in.flight; }) {
            move_on(in.flight.flipped, by);
        }
        if constexpr (requires { in.trouble; }) {
            move_on(in.trouble, by);
        }
        if constexpr (requires { in.sampled; }) {
            in.sampled.reset();  // nobody watched it meanwhile
        }
        if constexpr (requires { in.back; }) {
            move_on(in.back.flight.flipped, by);
            move_on(in.back.silent, by);
            move_on(in.back.tried_again, by);
        }
        if constexpr (requires { in.broken_since; }) {
            move_on(in.broken_since, by);
        }
    }
};

}  // namespace

RolloutRecord Reducer::moved_on(const RolloutRecord& record, Duration by) {
    auto fields = record.fields();
    for (auto& member : fields.members) {
        std::visit(MoveOn{by}, member.state);
        if (in_motion(member.phase()) || member.phase() == Phase::RollingBack) {
            move_on(member.since, by);
        }
    }
    const auto stage = fields.multiplexer.stage();
    if (stage != MultiplexerStage::Wired && stage != MultiplexerStage::Failed) {
        move_on(fields.multiplexer.since, by);
    }
    move_on(fields.shared_bad, by);
    move_on(fields.shared_good, by);
    RolloutRecord next;
    next.fields_ = std::make_shared<const RolloutFields>(std::move(fields));
    return next;
}

}  // namespace wavegate::rollout
