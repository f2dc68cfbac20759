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

/// Converged since `since`, and every child that it showed before (and that should be there) is up
/// again? `tasks` is what is known of its tasks afterwards; the move asks and looks again.
bool shows_children(const Scene& scene, Time since, Tasks& tasks, MultiplexerMove& move);

}  // namespace wavegate::rollout
