#pragma once

#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

/// A question that only the outside can answer.
struct Check {
    CheckKind kind = CheckKind::Unauthorized;
    std::string subject;
    AuthMode mode = AuthMode::Jwt;  ///< how the service is expected to answer
    std::string inputs;             ///< goes into the evidence as it is
    bool brief = false;             ///< of Unauthorized: the bare POST alone
};

/// Something that waits: for what, since when, until when, and the verb that ends it.
struct Wait {
    std::string object;  ///< "Service/searxng-mcp", "Wave/data", "Multiplexer/…"
    Reason reason = Reason::None;
    std::string message;
    Time since{};
    std::optional<Mono> until;
    std::string verb;  ///< "retry", "resume", "accept"; empty: ends by itself
};

/// What somebody waits for, or why it is where it is, for people. Derived at each step, never
/// stored and never read by a decision.
struct Hold {
    Reason reason = Reason::None;
    std::string message;  ///< a sentence, no secrets
};

/// What `apply` and `rollout status` end with (design §9).
enum class Standing {
    Converged,  ///< what is desired is in force, but for what was let off
    Moving,
    Halted,   ///< something failed
    Awaited,  ///< only a person can go on
    Blind,    ///< stacks and services can't be seen: nothing is known
};
std::string_view to_string(Standing standing);

/// What the planner says: the record as it is now, and what is to be done about it.
struct Step {
    RolloutRecord next;
    std::vector<Edit> release;
    std::vector<Check> ask;
    std::vector<Wait> waits;
    /// By object ("Service/…", "Multiplexer/…"); who is not named waits for nothing.
    std::map<std::string, Hold> holds;
    Standing standing = Standing::Blind;
    std::map<std::string, WavePhase> waves;
    std::vector<std::string> excepted;  ///< services that their wave goes on without
    std::vector<Event> events;
    /// Open or lost intents that the observation settled.
    std::vector<Intent> settled;
    Mono look_again{};  ///< to be decided again no later than this
    /// What stands in Swarm is to be seen anew no later than this; until then the last sight will
    /// do, however often it is decided meanwhile.
    Mono see_again{};
    /// Something turned that may need what nobody looked at: a way back needs its file.
    bool anew = false;
};

/// A person's command, by CLI or API. What may be said becomes a word of the ledger.
struct Command {
    using Verb = wavegate::Verb;
    Verb verb = Verb::Pause;
    std::string rollout;
    std::string service;  ///< of retry and accept; empty: all
    std::string client;   ///< of accept: a client that is to become ours, by its clientId
    std::string who;
    std::string why;      ///< as they gave it; empty: they gave none
    std::string until{};  ///< of freeze: as Word says
};

}  // namespace wavegate
