#pragma once

#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate {

/// A question that only the outside can answer.
struct Check {
    CheckKind kind = CheckKind::Unauthorized;
    std::string subject;
    AuthMode mode = AuthMode::Jwt;  ///< how the service is expected to answer
    std::string inputs;             ///< goes into the evidence as it is
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

/// What the planner says: the record as it is now, and what is to be done about it.
struct Step {
    RolloutRecord next;
    std::vector<Edit> release;
    std::vector<Check> ask;
    std::vector<Wait> waits;
    std::vector<Event> events;
    /// Open or lost intents that the observation settled.
    std::vector<Intent> settled;
    Mono look_again{};
};

/// A person's command, by CLI or API; applied to the record between passes.
struct Command {
    enum class Verb { Pause, Resume, Retry, Accept };
    Verb verb = Verb::Pause;
    std::string rollout;
    std::string service;  ///< of retry and accept; empty: all
    std::string who;
};

}  // namespace wavegate
