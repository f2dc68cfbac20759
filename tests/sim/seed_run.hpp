#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wavegate::testing {

/// What became of one seed's run.
struct SeedOutcome {
    bool rested = false;                  ///< converged, or held with a stated reason
    std::string standing;                 ///< where it rests
    std::vector<std::string> violations;  ///< of the oracle
    std::string trace;                    ///< hash of every request in its order and time
    std::string story;                    ///< for a person: fleet, faults, and where all stands
};

/// A random fleet, a random schedule of faults and commits, then peace: all of it from the seed.
SeedOutcome run_seed(std::uint64_t seed);

}  // namespace wavegate::testing
