#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"

#include <string>
#include <vector>

namespace wavegate::rollout {

/// A fleet as the planner is told of it, changed by hand between two steps. Services run open
/// and should be jwt unless said otherwise; the multiplexer is wired, every shared part is well.
struct Story {
    /// Waves "first" (two slots) and "second" (one), soaks of 30 s.
    Story();

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
    [[nodiscard]] const Member& member(const std::string& name) const;
    /// What the last step says of a service.
    [[nodiscard]] Hold hold(const std::string& name) const;
    /// A person's word, as the controller takes it.
    void command(Command::Verb verb, const std::string& service = "");

    /// One step; its record is taken over, and deciding again must change nothing. `flips` are what
    /// it releases for services.
    const Step& decide();
    /// How a next step on the same world, whose writes have begun, differs from the last one. One
    /// that moved something asks to be called again at once: then it is the step that waits for
    /// something that must hold, and such a one must come. `spares_release`: an edit that was just
    /// released may be released again (ReleasesAgain in twice_test).
    [[nodiscard]] std::vector<std::string> decide_again(bool spares_release = true) const;
    [[nodiscard]] std::vector<std::string> flips() const;
    /// Released edits of a kind, by what they are about: "wiring", "restart", "wayback".
    [[nodiscard]] std::size_t released(std::string_view kind) const;
    [[nodiscard]] bool asked(CheckKind kind, const std::string& subject) const;
    void pass_time(Duration by);

    /// Evidence as a check of now would leave it.
    void answer(
        CheckKind kind,
        const std::string& subject,
        Verdict verdict = Verdict::Pass,
        ProbeClass seen = ProbeClass::None);
    /// Both gates.
    void gates_hold();
    /// Both gates, the children, and the baselines of all services.
    void everything_is_well();
    /// What was released of a service (or "mux") got a receipt, or came to that end.
    void written(const std::string& name, IntentState state = IntentState::Written);
    /// Its released flip was written, it runs so, and it passed up to `phase`.
    void bring_to(const std::string& name, Phase phase);
    /// The same up to its gates, none of which is answered yet.
    void bring_to_probing(const std::string& name);
    /// It was found in its mode, and passes its gates. No flip was ours.
    void adopt(const std::string& name);
    /// The canary, which was released, soaks; the gates grow stale, so that nothing follows it.
    void soak_canary(const std::string& name);
    /// Released, written, and refused by its policy for longer than that is borne.
    void fail(const std::string& name);
    /// Released and written, it answers badly, and so does gate 1: the shared parts are to blame.
    void break_shared_parts(const std::string& name);
    /// Its way back is written, and it answers as before.
    void come_back(const std::string& name);
    /// Its stack was deployed so, and Portainer's record says when.
    void run(const std::string& name, AuthMode mode);
    /// The latter alone.
    void save(const std::string& name);
    /// The multiplexer runs without its outbound env, and an edit would wire it.
    void unwire();
    /// It restarted, or was wired, and shows these children.
    void show_children(const std::vector<std::string>& up);

    Step step;

  private:
    /// What was released is written, and no answer came yet.
    void begun();
    void differ();
    void look_for_ways_back();
};

}  // namespace wavegate::rollout
