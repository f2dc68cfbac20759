#pragma once

#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <functional>
#include <memory>
#include <string>

namespace wavegate::guard {

/// The number of the invariant that refuses it; -1 when it is permitted.
int refusal_of(const Verdict& verdict);

/// The whole body of an edit, as its room makes it.
Result<Write> body_of(const Edit& edit, const Live& live);

/// A small fleet as the guard sees it: two waves, everything open, both gates just passed.
struct FleetScene {
    DesiredState desired;
    Observed observed;
    Ledger ledger;
    Time now{Wall(std::chrono::hours(1000)), Mono(std::chrono::hours(10))};

    FleetScene();
    void add_service(const std::string& name, const std::string& wave);
    /// The edit that would flip a service, as a planner would plan it.
    [[nodiscard]] Edit flip(const std::string& service) const;
    [[nodiscard]] Live live(const std::string& service) const;
    void pass_gates();
    /// As if the service had been flipped, probed and soaked (or not).
    void record_flip(const std::string& service, bool through, Duration ago);
    void set_live(const std::string& service, AuthMode mode);
    /// Its way back, as it stands in the stack's Env since the flip.
    [[nodiscard]] Edit way_back(const std::string& service) const;
    /// The multiplexer's Env by this change, and what that is judged on. It was not wired before.
    [[nodiscard]] Edit wiring(StackPurpose purpose, EnvChange change) const;
    /// It runs with its outbound env.
    void wire();
    /// The edit's own body is judged, as its room makes it.
    [[nodiscard]] Verdict judge(const Edit& edit, const Live& live, bool lease = true) const;
    /// Another body under this edit.
    [[nodiscard]] Verdict judge(const Edit& claim, Write write, const Live& live) const;
    /// The number of the invariant that refuses the flip; -1 when it is permitted.
    [[nodiscard]] int refusal_of(const std::string& service, bool lease = true) const;

    void change_stack(const std::string& name, const std::function<void(StackView&)>& change);
    void change_service(const std::string& name, const std::function<void(SwarmService&)>& change);

  private:
    void deploy(const std::string& name);
    [[nodiscard]] StackEdit edit_of(const std::string& service) const;
};

}  // namespace wavegate::guard
