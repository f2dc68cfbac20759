// How the reducer takes the moves of the multiplexer.
#include "reconcilers/rollout/reduce.hpp"
#include "reconcilers/rollout/stages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

struct PutIntent {
    const std::string& intent;

    void operator()(stage::Wiring& in) const { in.intent = intent; }
    void operator()(stage::Unwiring& in) const { in.intent = intent; }
    void operator()(stage::Restarting& in) const { in.intent = intent; }
    template <class Other>
    void operator()(Other& /*in*/) const {}
};

}  // namespace

bool Reducer::turn(MultiplexerRecord& record, const MultiplexerMove& move) {
    const auto object = "Multiplexer/" + desired_.fleet.multiplexer.stack;
    const auto next = static_cast<MultiplexerStage>(move.turn->index());
    if (!may_become(record.stage(), next)) {
        internal_error(
            object, fmt::format("{} can't become {}", to_string(record.stage()), to_string(next)));
        return false;
    }
    record.state = *move.turn;
    record.since = now_;
    changed_ = true;
    const bool bad = next == MultiplexerStage::Failed || next == MultiplexerStage::Unwiring;
    const bool goes_on = next == MultiplexerStage::Wiring || next == MultiplexerStage::Wired;
    const bool anew = step_.anew || !goes_on;
    event(bad ? "Warning" : "Normal", object, std::string(to_string(next)), move.message);
    step_.anew = anew;
    return true;
}

/// A restart counts from when it is released; three in an hour are too many.
void Reducer::note_restart(MultiplexerRecord& record, const MultiplexerMove& move) {
    if (move.undone && !record.restarts.empty()) {
        record.restarts.pop_back();
    }
    if (move.release && record.stage() == MultiplexerStage::Restarting) {
        record.since = now_;
        std::erase_if(
            record.restarts, [&](Time at) { return scene_.age(at) > std::chrono::hours(1); });
        record.restarts.push_back(now_);
    }
}

void Reducer::tell(const MultiplexerRecord& record, const std::string& what) {
    const auto object = "Multiplexer/" + desired_.fleet.multiplexer.stack;
    Wait waits;
    waits.object = object;
    waits.reason = Reason::WaitingForMultiplexer;
    waits.message = what;
    waits.since = record.since;
    waits.verb = record.stage() == MultiplexerStage::Failed ? "retry" : "";
    wait(std::move(waits));
    hold(object, {Reason::WaitingForMultiplexer, what});
}

void Reducer::take(const MultiplexerMove& move) {
    auto& record = fields().multiplexer;
    if (move.turn && !turn(record, move)) {
        return;
    }
    if (!move.turn && move.stays && move.stays->index() == record.state.index()) {
        changed_ = changed_ || record.state != *move.stays;
        record.state = *move.stays;
    }
    record.children = move.children.value_or(record.children);
    note_restart(record, move);
    if (move.release) {
        std::visit(PutIntent{release(*move.release)}, record.state);
    }
    for (const auto& question : move.ask) {
        ask(question);
    }
    if (move.look) {
        look(*move.look);
    }
    if (move.again) {
        decide_again(*move.again);
    }
    if (!move.hold.empty()) {
        tell(record, move.hold);
    }
}

}  // namespace wavegate::rollout
