#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wavegate::guard {

/// Why a write may not happen. `invariant` is its number in design §7, 0 when the edit is merely
/// stale (the world moved since it was planned: plan again).
struct Refusal {
    int invariant = 0;
    std::string message;
};

using Verdict = std::variant<Permit, Refusal>;

/// Judges single writes by the invariants, on a fresh re-read and on the ledger's evidence. It
/// knows nothing of the planner and of the rollout record: whatever the planner believes, a
/// write that would break an invariant gets no permit.
///
/// What no single write can break is held elsewhere. Invariant 5 is the table of phases'
/// (rollout/phases): the guard only keeps the multiplexer still while a service is between its
/// flip and a passed direct probe. Invariant 6 is the type Secret's, which has no formatter.
/// Invariant 9 is the actor's (fleet/act): the intent is committed before the write, and an
/// answer that was lost is settled by what runs. tests/sim judges all three.
class Judge {
  public:
    Judge(const DesiredState& desired, const Observed& observed, const Ledger& ledger, Time now)
        : desired_(desired), observed_(observed), ledger_(ledger), now_(now) {}

    [[nodiscard]] Verdict judge(Edit edit, Live live, LeaseProof lease) const;

  private:
    using Objection = std::optional<Refusal>;

    [[nodiscard]] Objection object_to(const Edit& edit, const Live& live, LeaseProof lease) const;
    [[nodiscard]] Objection object_to(const Edit& edit, const StackEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to(const Edit& edit, const RestartEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to(const Edit& edit, const ClientEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to(const Edit& edit, const SecretEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to(const Edit& edit, const PolicyEdit& body, const Live& live)
        const;
    static Objection object_to(const Edit& edit, const AnnotationEdit& body, const Live& live);

    static Objection object_to_staleness(const StackEdit& body, const Live& live);
    [[nodiscard]] Objection
    object_to_branch(const Edit& edit, const StackEdit& body, const Live& live) const;
    [[nodiscard]] Objection object_to_jwt(const Edit& edit, const StackEdit& body) const;
    [[nodiscard]] Objection object_to_multiplexer(const StackEdit& body) const;
    [[nodiscard]] Objection gates_hold(const std::string& rollout) const;
    [[nodiscard]] Objection waves_before_are_done(const ServiceSpec& service) const;
    [[nodiscard]] Objection slot_is_free(const Edit& edit, const ServiceSpec& service) const;
    [[nodiscard]] Objection canary_is_done(const Edit& edit, const ServiceSpec& service) const;
    [[nodiscard]] Objection flips_last(const ServiceSpec& service) const;

    [[nodiscard]] bool is_done(const ServiceSpec& service) const;
    [[nodiscard]] bool is_excepted(const ServiceSpec& service) const;
    [[nodiscard]] bool in_motion(const Intent& flip) const;
    [[nodiscard]] bool before_direct(const Intent& flip) const;
    [[nodiscard]] bool soaked(const Intent& flip, Duration soak) const;
    [[nodiscard]] bool any_enforcing() const;
    [[nodiscard]] Objection keeps_admission(
        const std::vector<Policy>& before,
        const std::vector<Policy>& after) const;
    /// As far as the edit touches the multiplexer's secret at all.
    [[nodiscard]] bool keeps_secret_in_force(const StackEdit& body) const;
    [[nodiscard]] const Intent* newest_move(const std::string& service) const;

    const DesiredState& desired_;
    const Observed& observed_;
    const Ledger& ledger_;
    Time now_;
};

}  // namespace wavegate::guard
