#pragma once

#include "operator/model/admission.hpp"
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
/// The body is of another kind than the edit.
Refusal mislabelled();

using Verdict = std::variant<Permit, Refusal>;

/// Judges single writes by what they would do: from the fresh re-read and the whole body as it will
/// be sent it computes what would stand there afterwards, for every service and object that the
/// body reaches, and holds that against the invariants, on the ledger's evidence. The edit is what
/// it is called (purpose, subject, blocks, the place it was planned on): claims that are checked,
/// and of the edit's own payload nothing is read. It knows nothing of the planner and of the
/// rollout record: whatever the planner believes, a write that would break an invariant gets no
/// permit.
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
          profile_(desired.fleet.auth_profile),
          observed_(observed),
          ledger_(ledger),
          moves_(desired, observed, ledger, now),
          now_(now) {}

    [[nodiscard]] Verdict judge(const Edit& claim, Write write, const Live& live, LeaseProof lease)
        const;

  private:
    using Objection = std::optional<Refusal>;

    [[nodiscard]] Objection
    object_to(const Edit& claim, const Write& write, const Live& live, LeaseProof lease) const;
    // judge_place.cpp
    static Objection object_to_staleness(const StackEdit& claim, const Live& live);
    static Objection
    object_to_place(const StackEdit& claim, const StackWrite& write, const Live& live);
    [[nodiscard]] Objection object_to_branch(
        const Edit& edit,
        const StackEdit& claim,
        const StackWrite& write,
        const Live& live) const;
    // judge_stack.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const StackWrite& write, const Live& live)
        const;
    [[nodiscard]] Objection object_to_consequence(
        const Edit& edit,
        const StackEdit& claim,
        const StackWrite& write,
        const Live& live) const;
    static Objection object_to_others(const StackEdit& claim, const Consequence& all);
    [[nodiscard]] Objection
    object_to_neighbours(const StackEdit& claim, const Consequence& all, const Live& live) const;
    [[nodiscard]] Objection object_to_keys(const StackEdit& claim, const Consequence& all) const;
    [[nodiscard]] Objection object_to_entries(const StackEdit& claim, const Consequence& all) const;
    [[nodiscard]] Objection
    object_to_record(const StackEdit& claim, const Consequence& all, const Live& live) const;
    [[nodiscard]] bool
    is_declared(const StackEdit& claim, const std::string& key, const std::string& value) const;
    [[nodiscard]] const ServiceSpec* subject_of(const StackEdit& claim) const;
    // judge_move.cpp
    [[nodiscard]] Objection object_to_move(
        const Edit& edit,
        const StackEdit& claim,
        const Consequence& all,
        const Live& live) const;
    [[nodiscard]] bool is_stranded(const StackEdit& claim, const AuthBlock& after) const;
    [[nodiscard]] Objection
    object_to_way_back(const StackEdit& claim, const Consequence& all, const Live& live) const;
    [[nodiscard]] bool is_way_back(const StackEdit& claim, const AuthBlock& after, const Live& live)
        const;
    [[nodiscard]] Objection object_to_untold(
        const StackEdit& claim,
        const StackWrite& write,
        const Live& live,
        const std::string& why) const;
    // judge_flip.cpp
    [[nodiscard]] Objection
    object_to_jwt(const Edit& edit, const ServiceSpec& service, const AuthBlock& after) const;
    [[nodiscard]] Objection gates_hold(const std::string& rollout) const;
    [[nodiscard]] std::optional<Mono> good_until(const Edit& judged) const;
    [[nodiscard]] Objection waves_before_are_done(const ServiceSpec& service) const;
    [[nodiscard]] Objection slot_is_free(const Edit& edit, const ServiceSpec& service) const;
    [[nodiscard]] Objection canary_is_done(const Edit& edit, const ServiceSpec& service) const;
    [[nodiscard]] Objection flips_last(const ServiceSpec& service) const;
    // judge_multiplexer.cpp
    [[nodiscard]] bool is_multiplexer(const StackEdit& claim) const;
    [[nodiscard]] Objection object_to_multiplexer(const StackEdit& claim, const Consequence& all)
        const;
    [[nodiscard]] Objection object_to_outbound(
        const Consequence& all,
        const std::string& key,
        const std::string& value) const;
    [[nodiscard]] Objection keeps_still() const;
    [[nodiscard]] bool mends(const StackEdit& claim, const Consequence& all) const;
    [[nodiscard]] Objection
    object_to(const Edit& edit, const ServiceRestart& write, const Live& live) const;
    // judge_client.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const ClientWrite& write, const Live& live)
        const;
    [[nodiscard]] bool
    is_ours(const OidcClientSpec& spec, const ClientWrite& write, const ClientView& there) const;
    static Objection object_to_body(
        const OidcClientSpec& spec,
        const ClientWrite& write,
        const std::optional<ClientView>& there);
    static Objection object_to_mappers(
        const OidcClientSpec& spec,
        const ClientWrite& write,
        const std::optional<ClientView>& there);
    // judge_secret.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const VaultWrite& write, const Live& live)
        const;
    [[nodiscard]] Objection object_to_marks(const VaultWrite& write, const Live& live) const;
    [[nodiscard]] Objection
    object_to_data(const OidcClientSpec& spec, const VaultWrite& write, const Live& live) const;
    // judge_policy.cpp
    [[nodiscard]] Objection object_to(const Edit& edit, const PolicyWrite& write, const Live& live)
        const;
    [[nodiscard]] Objection object_to_deletion(
        const std::string& name,
        const std::vector<Policy>& there) const;
    [[nodiscard]] Objection object_to_strangers(const Policy& policy) const;
    [[nodiscard]] Objection keeps_admission(
        const std::vector<Policy>& before,
        const std::vector<Policy>& after) const;

    [[nodiscard]] Objection
    object_to(const Edit& edit, const AnnotationWrite& write, const Live& live) const;
    [[nodiscard]] bool any_enforcing() const;

    const DesiredState& desired_;
    const AuthProfile& profile_;
    const Observed& observed_;
    const Ledger& ledger_;
    Moves moves_;
    Time now_;
};

}  // namespace wavegate::guard
