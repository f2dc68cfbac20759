#pragma once

#include "operator/model/step.hpp"
#include "reconcilers/rollout/phases.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::rollout {

/// What a member asks of the parts that it shares with others. The reducer grants it, or not.
enum class Claim {
    RestartMultiplexer,  ///< it lost a child that answers by itself
    SharedPartsBad,      ///< nothing further is to be flipped
};

/// A question, before the reducer gives it its inputs.
struct Question {
    CheckKind kind = CheckKind::Unauthorized;
    std::string subject;
    AuthMode mode = AuthMode::Jwt;
    bool brief = false;  ///< as Check says; asked both ways, it is not
};

/// Into another phase, because of what happened. The message is the event's.
struct Turn {
    Happening happening = Happening::Failed;
    MemberState next;
    Reason reason = Reason::None;
    std::string message;
};

/// What a member's step says, as a value: it changes nothing by itself. Either `turn` or `stays` is
/// set when something of the member changes; at most one of them.
struct Move {
    std::optional<Turn> turn;
    std::optional<MemberState> stays;  ///< the same phase, with what was learned in it
    Hold hold;
    std::vector<Question> ask;
    const Edit* release = nullptr;  ///< the reducer puts its intent into the state
    std::vector<Claim> claims;
    std::vector<Intent> settled;
    std::optional<Duration> look;   ///< at Swarm again no later than this from now
    std::optional<Duration> again;  ///< decided again by then; what was seen last will do
    std::string shout;              ///< a warning event of its own: the hold's reason, this message

    Move& wait_for(Reason reason, std::string message) {
        hold = {reason, std::move(message)};
        return *this;
    }
    Move& asks(CheckKind kind, std::string subject, AuthMode mode = AuthMode::Jwt) {
        ask.push_back({kind, std::move(subject), mode, false});
        return *this;
    }
    Move& looks(Duration from_now) {
        look = look ? std::min(*look, from_now) : from_now;
        return *this;
    }
    /// What it waits for is an answer or the time, and nothing that is to be seen.
    Move& decides(Duration from_now) {
        again = again ? std::min(*again, from_now) : from_now;
        return *this;
    }
    Move& turns(Happening happening, MemberState next, Reason reason, std::string message) {
        stays.reset();
        turn = Turn{happening, std::move(next), reason, std::move(message)};
        return *this;
    }
    Move& keeps(MemberState same_phase) {
        stays = std::move(same_phase);
        return *this;
    }
};

}  // namespace wavegate::rollout
