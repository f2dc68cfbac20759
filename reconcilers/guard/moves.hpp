#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"

#include <string>

namespace wavegate::guard {

/// What the ledger says of services' moves, and of what their probes proved since. Made anew for
/// each judgement; the planner has its own idea of it, on purpose.
class Moves {
  public:
    Moves(const DesiredState& desired, const Observed& observed, const Ledger& ledger, Time now)
        : desired_(desired), observed_(observed), ledger_(ledger), now_(now) {}

    /// The newest flip or way back that may have landed; null: none.
    [[nodiscard]] const Intent* newest(const std::string& service) const;
    /// No passed probe of the service itself since that move.
    [[nodiscard]] bool before_direct(const Intent& move) const;
    /// Between the move's write and a passed *through* (of a way back: a passed direct or open).
    [[nodiscard]] bool in_motion(const Intent& move) const;
    /// Has *through* passed, that long after the flip?
    [[nodiscard]] bool soaked(const Intent& flip, Duration soak) const;
    /// In its wanted mode, probed as it runs and, if we flipped it, soaked.
    [[nodiscard]] bool is_done(const ServiceSpec& service) const;
    /// By a person, or by what its wave says of broken baselines.
    [[nodiscard]] bool is_excepted(const ServiceSpec& service) const;
    /// A service that waits for its direct probe after a flip of ours, at most until its deadline;
    /// null: none. The multiplexer would park it, if it came back just now. Who is held or changed
    /// by hand gets no such probe any more, and may not keep the multiplexer from anything.
    [[nodiscard]] const Intent* before_its_direct_probe() const;
    /// Does a service enforce that does not wait for its direct probe, so that it is called?
    [[nodiscard]] bool any_enforcing_at_rest() const;

    /// May what runs be taken back to `block` without a verdict? It may where the move is ours and
    /// unproven (invariant 15). In doubt it may: a service that stays broken is worse than one that
    /// goes back for nothing. `recorded`: the block stands in the stack's Env as its last good one.
    /// The service may have left the desired state by now.
    [[nodiscard]] bool
    may_go_back(const std::string& service, const AuthBlock& block, bool recorded) const;
    /// A baseline or *through* passed on the very spec that runs now.
    [[nodiscard]] bool is_verified(const std::string& service) const;

  private:
    [[nodiscard]] bool awaits_direct(const Intent& move) const;
    /// Does everything that was seen last say that the service is well as it runs?
    [[nodiscard]] bool is_proven(const Intent& flip) const;
    /// A person said abort since: then a proven one may be opened, too (design, invariant 15).
    [[nodiscard]] bool is_aborted(const Intent& flip) const;
    [[nodiscard]] bool passed_as_it_runs(CheckKind kind, const std::string& service) const;
    [[nodiscard]] bool is_overdue(const Intent& flip) const;
    /// It was written, and another block runs by now: another's hand, or Swarm's.
    [[nodiscard]] bool is_undone(const Intent& flip) const;
    [[nodiscard]] Duration soak_of(const std::string& service) const;

    const DesiredState& desired_;
    const Observed& observed_;
    const Ledger& ledger_;
    Time now_;
};

}  // namespace wavegate::guard
