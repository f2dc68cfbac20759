#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// The multiplexer as a member of its own: wired once policies and client stand, restarted when
/// it lost children, unwired when its wiring breaks it. Any restart of it is an action on the
/// whole fleet: it waits until nothing is between its flip and a passed direct probe. Pure.
MultiplexerMove step_multiplexer(const Scene& scene);

MultiplexerMove step_unknown(const Scene& scene);
MultiplexerMove step_wired(const Scene& scene);
MultiplexerMove step_wiring(const Scene& scene, const stage::Wiring& in);
MultiplexerMove step_restarting(const Scene& scene, const stage::Restarting& in);
MultiplexerMove step_unwiring(const Scene& scene, const stage::Unwiring& in);

}  // namespace wavegate::rollout
