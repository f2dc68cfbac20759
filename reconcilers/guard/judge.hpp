#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"
#include "reconcilers/guard/consequence.hpp"
#include "reconcilers/guard/moves.hpp"

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

/// The world moved since it was planned.
Refusal stale(std::string message);

using Verdict = std::variant<Permit, Refusal>;

/// Judges single writes by what they would do: from the fresh re-read and the very payload it
/// computes what would stand there afterwards, for every service and object that the payload
/// reaches, and holds that against the invariants, on the ledger's evidence. What the edit calls
/// itself (purpose, blocks, owner) are claims that it checks. It knows nothing of the planner and
/// of the rollout record: whatever the planner believes, a write that would break an invariant
/// gets no permit.
///
/// Ways back come first: one that the ledger or the stack's own record bears out is refused by
/// ownership, staleness and a deployment under way alone, never by gates, order, slots or what
/// can't be computed (design §4, §7.15).
///
/// What no single write can break is held elsewhere. Invariant 5 is the table of phases'
/// (rollout/phases): the guard only keeps the multiplexer still while a service is between its
/// flip and a passed direct probe. Invariant 6 is the type Secret's, which has no formatter.
/// Invariant 9 is the actor's (fleet/act): the intent is committed before the write, and an
/// answer that was lost is settled by what runs. tests/sim judges all three.
class Judge {
  public:
    Judge(const DesiredState& desired, const Observed& observed, const Ledger& ledger, Time now)
        : desired_(desired),
          observed_(observed),
          ledger_(ledger),
          moves_(desired, observed, ledger, now),
          now_(now) {}

    [[nodiscard]] Verdict judge(Edit edit, Live live, LeaseProof lease) const;

  private:
    using Objection = std::optional<Refusal>;

    [[nodiscard]] Objection object_to(const Edit& edit, const Live& live, LeaseProof lease) const;
    // judge_stack.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const StackEdit& body, const Live& live)
        const;
    static Objection object_to_staleness(const StackEdit& body, const Live& live);
    [[nodiscard]] Objection
    object_to_consequence(const Edit& edit, const StackEdit& body, const Live& live) const;
    static Objection object_to_others(const StackEdit& body, const Consequence& all);
    [[nodiscard]] Objection object_to_keys(const StackEdit& body, const Consequence& all) const;
    [[nodiscard]] Objection object_to_entries(const StackEdit& body, const Consequence& all) const;
    [[nodiscard]] Objection
    object_to_record(const StackEdit& body, const Consequence& all, const Live& live) const;
    [[nodiscard]] bool
    is_declared(const StackEdit& body, const std::string& key, const std::string& value) const;
    [[nodiscard]] const ServiceSpec* subject_of(const StackEdit& body) const;
    // judge_branch.cpp
    [[nodiscard]] Objection
    object_to_branch(const Edit& edit, const StackEdit& body, const Live& live) const;
    // judge_move.cpp
    [[nodiscard]] Objection object_to_move(
        const Edit& edit,
        const StackEdit& body,
        const Consequence& all,
        const Live& live) const;
    [[nodiscard]] bool is_way_back(const StackEdit& body, const AuthBlock& after, const Live& live)
        const;
    // judge_flip.cpp
    [[nodiscard]] Objection
    object_to_jwt(const Edit& edit, const ServiceSpec& service, const AuthBlock& after) const;
    [[nodiscard]] Objection gates_hold(const std::string& rollout) const;
    [[nodiscard]] Objection waves_before_are_done(const ServiceSpec& service) const;
    [[nodiscard]] Objection slot_is_free(const Edit& edit, const ServiceSpec& service) const;
    [[nodiscard]] Objection canary_is_done(const Edit& edit, const ServiceSpec& service) const;
    [[nodiscard]] Objection flips_last(const ServiceSpec& service) const;
    // judge_multiplexer.cpp
    [[nodiscard]] bool is_multiplexer(const StackEdit& body) const;
    [[nodiscard]] Objection object_to_multiplexer(const StackEdit& body, const Consequence& all)
        const;
    [[nodiscard]] Objection object_to_outbound(
        const Consequence& all,
        const std::string& key,
        const std::string& value) const;
    [[nodiscard]] Objection keeps_still() const;
    [[nodiscard]] bool mends(const StackEdit& body, const Consequence& all) const;
    [[nodiscard]] Objection object_to(const Edit& edit, const RestartEdit& body, const Live& live)
        const;
    // judge_client.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const ClientEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to(const Edit& edit, const SecretEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to_settings(const ClientEdit& body) const;
    [[nodiscard]] Objection
    object_to_data(const OidcClientSpec& spec, const SecretEdit& body, const Live& live) const;
    // judge_policy.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const PolicyEdit& body, const Live& live)
        const;
    [[nodiscard]] Objection object_to_strangers(const Policy& policy) const;
    [[nodiscard]] Objection keeps_admission(
        const std::vector<Policy>& before,
        const std::vector<Policy>& after) const;

    static Objection object_to(const Edit& edit, const AnnotationEdit& body, const Live& live);
    [[nodiscard]] bool any_enforcing() const;

    const DesiredState& desired_;
    const Observed& observed_;
    const Ledger& ledger_;
    Moves moves_;
    Time now_;
};

}  // namespace wavegate::guard
