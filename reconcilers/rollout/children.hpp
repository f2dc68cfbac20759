#pragma once

#include "reconcilers/rollout/reduce.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::rollout {

/// The values of that name in a check's facts, each of which may be a list joined by commas.
std::vector<std::string> list_fact(const Evidence& evidence, std::string_view name);

/// The multiplexer's Swarm service; null: not deployed, or not to be seen.
const SwarmService* running_multiplexer(const Scene& scene);

/// Is a service between our write and its direct probe? The multiplexer would park it, if it came
/// back just now. Counts until the service's deadline; held, stuck and adopted ones do not.
bool fleet_in_motion(const Scene& scene);

/// Is there an enforcing service that nobody moves just now? It can't be called until the
/// multiplexer is wired, which waits for nothing then.
bool cuts_off_others(const Scene& scene);

/// What the multiplexer shows after a start, of the children that it showed before.
enum class Shown {
    NotYet,
    All,         ///< but for those that are down, or in motion by themselves
    AllButLost,  ///< it works, and has lost some that answer by themselves: a restart shows them
};

/// Converged since `since`, and does it show its children again? `tasks` is what is known of its
/// tasks afterwards; the move asks it, and around it those that it does not show, and looks again.
Shown shows_children(const Scene& scene, Time since, Tasks& tasks, MultiplexerMove& move);

}  // namespace wavegate::rollout
