#pragma once

#include "operator/model/rollout.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace wavegate::rollout {

/// What can happen to a member of a rollout.
enum class Happening {
    Released,      ///< the planner lets its flip go
    Written,       ///< the write was accepted, or seen in force after a lost answer
    NotWritten,    ///< refused, dropped, or failed before it changed anything
    WriteFailed,   ///< the other side said no and may have done half of it
    Converged,     ///< Swarm runs exactly what was written
    Passed,        ///< the last of its gates passed
    Failed,        ///< a gate failed past its patience, and the shared parts are well
    Soaked,        ///< watched long enough with its wave, and passed again
    BackVerified,  ///< runs on its last good block, and answers
    BackFailed,    ///< the way back ran out of time
    NoWayBack,     ///< there is no last good block, or on another image
    HandChanged,   ///< its auth block was changed by another's hand
    Restarted,     ///< same block, but the spec it runs is not the one that was probed
    Retargeted,    ///< a newer commit wants another mode
    Retried,       ///< a person said retry, or its spec changed after a rejection
    Accepted,      ///< a person said accept
    Kept,          ///< it failed, and its wave says `onFailure: hold`
    LandedLate,    ///< a flip that had been given up for lost is in force after all
    Broke,         ///< was proven, was asked again twice, and does not answer as it should
    Recovered,     ///< it answers as it should again
    Aborted,       ///< a person said abort
};
inline constexpr std::size_t kPhases = 12;
inline constexpr std::size_t kHappenings = 21;
std::string_view to_string(Happening happening);

/// What a phase makes of a happening.
struct Cell {
    enum class Kind {
        Missing,     ///< nobody thought of it: a test fails
        Move,        ///< to `next`
        Ignore,      ///< means nothing here
        Impossible,  ///< cannot happen; logged as a bug if it does, and ignored
    };
    Kind kind = Kind::Missing;
    Phase next = Phase::Pending;
};

/// The whole life of a member, as one table: rows are phases, columns happenings.
const Cell& cell(Phase phase, Happening happening);

/// Between the flip's write and the end of its own gates.
bool in_motion(Phase phase);
/// Nothing more will happen to it by itself.
bool settled(Phase phase);

}  // namespace wavegate::rollout
