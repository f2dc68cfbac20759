#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/phases.hpp"

#include <string>
#include <string_view>

namespace wavegate::rollout {

/// How long a bad answer is borne before it counts, and how often things are asked (design §6).
inline constexpr Duration kPatienceRetry = std::chrono::seconds(45);
inline constexpr Duration kPatienceDenied = std::chrono::seconds(10);
inline constexpr Duration kAskAgain = std::chrono::seconds(2);
inline constexpr Duration kResync = std::chrono::seconds(30);
inline constexpr Duration kSampleGap = std::chrono::seconds(30);
inline constexpr Duration kGateFreshness = std::chrono::seconds(50);
inline constexpr Duration kSharedGood = std::chrono::minutes(2);
inline constexpr Duration kRefusedPause = std::chrono::seconds(10);
/// After refusals and repeats that stay until somebody changes something there.
inline constexpr Duration kLongestPause = std::chrono::hours(1);
inline constexpr Duration kMultiplexerDeadline = std::chrono::minutes(3);
/// A write whose answer was lost has landed by then, or never will.
inline constexpr Duration kLateLanding = std::chrono::seconds(30);

/// Goes last: it is the way to the stacks of all others.
inline constexpr std::string_view kPortainerItself = "portainer-mcp";

/// What one call of decide works on: everything it was given, and the step as it grows.
struct Plan {
    Plan(
        const DesiredState& desired_state,
        const Observed& observation,
        const Diff& difference,
        const RolloutRecord& record,
        const Ledger& past,
        Time time);

    const DesiredState& desired;
    const Observed& observed;
    const Diff& diff;
    const Ledger& ledger;
    Time now;
    Step step;

    [[nodiscard]] RolloutRecord& record() { return step.next; }

    /// Moves a member as the table of phases says. False: the table ignores it.
    bool happen(Member& member, Happening happening, Reason reason, std::string message);
    void ask(CheckKind kind, const std::string& subject, AuthMode mode = AuthMode::Jwt);
    /// Releases an edit for a service and returns the id of its intent.
    std::string release(const Edit& edit);
    void wait(Wait wait);
    void event(std::string kind, std::string object, std::string reason, std::string message);
    /// Look again no later than this.
    void look(Duration from_now);

    /// The newest evidence of that kind, not older than `since`; null when there is none yet.
    [[nodiscard]] const Evidence* since(CheckKind kind, const std::string& subject, Time since)
        const;
    [[nodiscard]] const Edit* edit_for(const std::string& service, StackPurpose purpose) const;
    [[nodiscard]] const Obstacle* obstacle_for(const std::string& service) const;
    [[nodiscard]] const SwarmService* running(const std::string& service) const;
    /// Was the last try of this target refused, failed or lost only a moment ago?
    [[nodiscard]] bool cooling(const std::string& target) const;
    /// How much longer this edit waits for its last try that ended badly: a moment, and twice as
    /// long each time that this very edit meets a refusal that stays. Zero: it need not.
    [[nodiscard]] Duration pause_left(const Edit& edit) const;
    /// Is this edit not to be begun now? It pauses, or the store takes no commits.
    [[nodiscard]] bool barred(const Edit& edit) const;
    [[nodiscard]] Duration soak_of(const ServiceSpec& service) const;
    [[nodiscard]] Duration deadline_of(const ServiceSpec& service) const;
};

/// Says what a member waits for without moving it.
void explain(Member& member, Reason reason, std::string message);

/// Convergence with the memory of which tasks ran since when: true once the same tasks have run
/// for the service's monitor time.
bool stable(
    Plan& plan,
    const SwarmService& service,
    const ConvergenceView& view,
    std::string& tasks,
    Time& tasks_since);

/// Hash of what a flip sets: the block and the image it meets. A rejection is remembered by it.
std::string tried_hash(const StackEdit& edit);

}  // namespace wavegate::rollout
