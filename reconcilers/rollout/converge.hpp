#pragma once

#include "operator/model/evidence.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/rollout/scene.hpp"

#include <string>

namespace wavegate::rollout {

enum class Convergence { Running, Pending, Failed };

struct ConvergenceView {
    Convergence state = Convergence::Pending;
    ProbeClass seen = ProbeClass::Converging;
    std::string message;
    /// Ids of the running tasks: Running counts only while they stay the same for the service's
    /// monitor time (a crash loop looks converged for moments, swarm.md).
    std::string tasks;
};

/// Does Swarm run exactly the service's present spec? `after_write`: it was just updated by us,
/// so a rollback or a pause is the outcome of that update, not old news.
ConvergenceView converge(const SwarmView& swarm, const SwarmService& service, bool after_write);

/// How much longer the same tasks must run until that counts as converged: the service's monitor
/// time, from when they were first seen together. Zero: long enough. `tasks` is what is known of
/// them afterwards; while the service does not run as it should, nothing is.
Duration left_to_watch(
    const Scene& scene,
    const SwarmService& service,
    const ConvergenceView& view,
    Tasks& tasks);

/// How often Swarm is looked at for an update whose end it tells.
inline constexpr Duration kLookAtUpdates = std::chrono::seconds(10);

/// Is its flip being sent by this process (the ledger's `under_way`), or was it accepted and Swarm
/// not seen since? Then there is nothing to be seen before it has landed, which Swarm tells.
bool is_landing(const Observed& observed, const Ledger& ledger, const Member& member);
/// The same of the multiplexer's wiring.
bool is_landing(
    const Observed& observed,
    const Ledger& ledger,
    const MultiplexerRecord& multiplexer);

}  // namespace wavegate::rollout
