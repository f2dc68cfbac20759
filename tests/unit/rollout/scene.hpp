#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"

#include <string>
#include <vector>

namespace wavegate::rollout {

/// A fleet as the planner is told of it, changed by hand between two steps. Services run open
/// and should be jwt unless said otherwise; the multiplexer is wired, every shared part is well.
struct Scene {
    /// Waves "first" (two slots) and "second" (one), soaks of 30 s.
    Scene();

    DesiredState desired;
    Observed observed;
    Diff diff;
    RolloutRecord record;
    Ledger ledger;
    Time now{};

    void add(
        const std::string& name,
        const std::string& wave,
        AuthMode wanted = AuthMode::Jwt,
        AuthMode runs = AuthMode::None);
    ServiceSpec& spec(const std::string& name);
    SwarmService& running(const std::string& name);
    Member& member(const std::string& name);

    /// One step; its record is taken over. `flips` are what it releases for services.
    const Step& decide();
    [[nodiscard]] std::vector<std::string> flips() const;
    [[nodiscard]] bool asked(CheckKind kind, const std::string& subject) const;
    /// The same, on what a first step left of the record.
    void pass_time(Duration by);

    /// Evidence as a check of now would leave it.
    Evidence& answer(
        CheckKind kind,
        const std::string& subject,
        Verdict verdict = Verdict::Pass,
        ProbeClass seen = ProbeClass::None);
    /// Both gates, the children, and the baselines of all services.
    void everything_is_well();
    /// The released flip of a service got a receipt.
    void written(const std::string& name);
    /// Its released flip was written, it runs so, and it passed up to `phase`.
    void bring_to(const std::string& name, Phase phase);
    void run(const std::string& name, AuthMode mode);

    Step step;

  private:
    void differ();
};

}  // namespace wavegate::rollout
