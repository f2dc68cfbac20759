// What a person's word makes of a record, between two steps.
#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

RolloutRecord Reducer::paused(const RolloutRecord& record, bool is_paused) {
    auto next = record;
    next.fields_.paused = is_paused;
    return next;
}

RolloutRecord Reducer::retried(const RolloutRecord& record, const std::string& service, Time now) {
    auto next = record;
    auto& fields = next.fields_;
    if (service.empty()) {
        fields.multiplexer = MultiplexerRecord();
        fields.multiplexer.since = now;
        return next;
    }
    for (auto& member : fields.members) {
        if (member.service != service) {
            continue;
        }
        fields.rejected.erase(service);
        fields.turns.erase(service);
        if (const auto* stuck = member.as<state::Stuck>()) {
            auto back = stuck->back;
            back.intent.clear();
            member.state = state::RollingBack{std::move(back)};
        } else {
            member.state = state::Pending();
        }
        member.since = now;
        member.begun = now;
    }
    return next;
}

RolloutRecord Reducer::accepted(const RolloutRecord& record, const std::string& service, Time now) {
    auto next = record;
    for (auto& member : next.fields_.members) {
        if (member.service != service) {
            continue;
        }
        const auto& found = cell(member.phase(), Happening::Accepted);
        if (found.kind != Cell::Kind::Move) {
            continue;
        }
        const auto* cause = member.cause();
        if (found.next == Phase::RolledBack) {
            member.state = state::RolledBack{
                member.flight() == nullptr ? "" : member.flight()->tried,
                cause == nullptr ? Cause() : *cause};
        } else {
            member.state = state::Pending();
        }
        member.since = now;
    }
    return next;
}

}  // namespace wavegate::rollout
