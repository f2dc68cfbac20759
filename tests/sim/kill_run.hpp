#pragma once

#include "tests/sim/kill_scenarios.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::testing {

/// What one run of a scenario came to.
struct KillRun {
    std::vector<std::string> faults;  ///< empty: it went as it should
    std::vector<Happening> happenings;
    std::string end;                    ///< the World's state
    std::map<std::string, int> writes;  ///< that the World took, by what they do
    Duration took{};
    std::string cause;  ///< what it died of
    std::string story;
};

/// What the operator stores its record in.
enum class Medium { Memory, SqliteFile };

/// Nobody is killed.
KillRun run_alone(const KillScenario& scenario, Medium medium = Medium::Memory);
/// Killed at this point and started again: the same end within a bound, no violation, and no write
/// done again (invariant 9). `alone` is the run that was not killed.
KillRun run_killed(
    const KillScenario& scenario,
    KillPoint point,
    const KillRun& alone,
    Medium medium = Medium::Memory);

/// "name/death/number": `number` counts the points of that scenario and kind.
std::string
name_of(const KillScenario& scenario, const std::vector<KillPoint>& points, std::size_t index);
/// Indices of `count` of these points, or of all when there are fewer.
std::vector<std::size_t>
any_of(const std::vector<KillPoint>& points, std::size_t count, std::uint64_t seed);
/// The same, of each kind one or more; all of them when there are fewer.
std::vector<std::size_t>
some_of(const std::vector<KillPoint>& points, std::size_t count, std::uint64_t seed);

}  // namespace wavegate::testing
