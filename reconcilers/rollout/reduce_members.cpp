// How the reducer takes the moves of members.
#include "operator/base/log.hpp"
#include "reconcilers/rollout/reduce.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

bool is_bad(Phase phase) {
    return phase == Phase::RollingBack || phase == Phase::Stuck || phase == Phase::Failed ||
           phase == Phase::Held || phase == Phase::Degraded;
}

/// The way of a flip that goes well: the step into which it turned has said already when it is to
/// see Swarm again, and needs nothing else.
bool goes_on(Happening happening) {
    return happening == Happening::Released || happening == Happening::Written ||
           happening == Happening::Converged || happening == Happening::Passed ||
           happening == Happening::Soaked;
}

/// What is tried from here on is another try: what was accepted or seen before is not about it.
bool begins_anew(Happening happening) {
    return happening == Happening::Retried || happening == Happening::Retargeted ||
           happening == Happening::Released || happening == Happening::Recovered;
}

}  // namespace

bool Reducer::is_allowed(const Member& member, const Turn& turn) {
    const auto& found = cell(member.phase(), turn.happening);
    const auto next = static_cast<Phase>(turn.next.index());
    const bool known = found.kind == Cell::Kind::Move && found.next == next;
    if (!known) {
        internal_error(
            "Service/" + member.service,
            fmt::format(
                "{} in phase {} can't lead to {}",
                to_string(turn.happening),
                to_string(member.phase()),
                to_string(next)));
    }
    return known;
}

/// What failed with this very block and image is not tried again before a person says so.
void Reducer::remember(const Member& member, const Turn& turn) {
    auto& rejected = fields().rejected;
    if (turn.happening == Happening::Retried) {
        rejected.erase(member.service);
        return;
    }
    const auto* back = std::get_if<state::RolledBack>(&turn.next);
    const auto* failed = std::get_if<state::Failed>(&turn.next);
    const auto* cause = back != nullptr     ? &back->cause
                        : failed != nullptr ? &failed->cause
                                            : nullptr;
    const auto& tried = back != nullptr ? back->tried : failed != nullptr ? failed->tried : "";
    const bool judged =
        turn.happening == Happening::BackVerified || turn.happening == Happening::NoWayBack;
    if (judged && cause != nullptr && !cause->shared && !tried.empty()) {
        rejected[member.service] = tried;
    }
}

bool Reducer::turn(Member& member, const Turn& turn) {
    if (!is_allowed(member, turn)) {
        return false;
    }
    remember(member, turn);
    const bool moved = member.state.index() != turn.next.index();
    changed_ = changed_ || moved || member.state != turn.next;
    member.state = turn.next;
    if (begins_anew(turn.happening)) {
        member.begun = now_;
    }
    if (!moved) {
        return true;
    }
    member.since = now_;
    const bool anew = step_.anew || !goes_on(turn.happening);
    event(
        is_bad(member.phase()) ? "Warning" : "Normal",
        "Service/" + member.service,
        std::string(to_string(member.phase())),
        turn.message.empty() ? std::string(to_string(turn.reason)) : turn.message);
    step_.anew = anew;
    return true;
}

void Reducer::put_intent(Member& member, const std::string& intent) {
    if (auto* flipping = std::get_if<state::Flipping>(&member.state)) {
        flipping->flight.intent = intent;
    } else if (auto* rolling = std::get_if<state::RollingBack>(&member.state)) {
        rolling->back.intent = intent;
    } else if (auto* stuck = std::get_if<state::Stuck>(&member.state)) {
        stuck->back.intent = intent;
    }
}

void Reducer::grant(Claim claim) {
    auto& record = fields();
    switch (claim) {
        case Claim::RestartMultiplexer:
            // Elsewhere it is not known to be well, or on its way already.
            if (record.multiplexer.stage() == MultiplexerStage::Wired) {
                record.multiplexer.state = stage::Restarting();
                record.multiplexer.since = now_;
                changed_ = true;
            }
            break;
        case Claim::SharedPartsBad:
            record.shared_good.reset();
            if (!record.shared_bad) {
                record.shared_bad = now_;
                changed_ = true;
                event(
                    "Warning",
                    "Fleet/" + desired_.fleet.name,
                    "SharedCause",
                    "shared parts are bad: nothing further is flipped");
            }
            break;
    }
}

void Reducer::take(const Member& member, const Move& move) {
    auto& found = own(member);
    const auto& service = found.service;
    if (move.turn && !turn(found, *move.turn)) {
        return;  // nor is anything of it written
    }
    if (!move.turn && move.stays && move.stays->index() == found.state.index()) {
        changed_ = changed_ || found.state != *move.stays;
        found.state = *move.stays;
    }
    if (move.release != nullptr) {
        put_intent(found, release(*move.release));
    }
    for (const auto& question : move.ask) {
        ask(question);
    }
    for (const auto claim : move.claims) {
        grant(claim);
    }
    if (move.look) {
        look(*move.look);
    }
    if (move.again) {
        decide_again(*move.again);
    }
    if (!move.shout.empty()) {
        event(
            "Warning", "Service/" + service, std::string(to_string(move.hold.reason)), move.shout);
    }
    hold("Service/" + service, move.hold);
}

void Reducer::turn_to(const Member& member, AuthMode mode, const std::string& message) {
    auto& found = own(member);
    const auto& service = found.service;
    if (cell(found.phase(), Happening::Retargeted).kind != Cell::Kind::Move) {
        return;
    }
    const bool other = found.to != mode;
    found.to = mode;
    turn(found, {Happening::Retargeted, state::Pending(), Reason::None, message});
    if (other) {
        auto& turns = fields().turns[service];
        std::erase_if(turns, [&](Time at) { return scene_.age(at) > std::chrono::hours(1); });
        turns.push_back(now_);
        changed_ = true;
        if (turns.size() >= kTurnsAllowed && mode == AuthMode::Jwt) {
            event(
                "Warning",
                "Service/" + service,
                std::string(to_string(Reason::Flapping)),
                "its mode was changed twice within an hour: its next flip waits");
        }
    }
}

}  // namespace wavegate::rollout
