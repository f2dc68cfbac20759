#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wavegate::rollout {

/// How long a bad answer is borne before it counts, and how often things are asked (design §6).
inline constexpr Duration kPatienceRetry = std::chrono::seconds(45);
inline constexpr Duration kPatienceDenied = std::chrono::seconds(10);
inline constexpr Duration kAskAgain = std::chrono::seconds(2);
inline constexpr Duration kResync = std::chrono::seconds(30);
/// Samples of a soak that are further apart leave a gap, which does not count as watched.
inline constexpr Duration kSampleGap = std::chrono::seconds(30);
inline constexpr Duration kGateFreshness = std::chrono::seconds(50);
/// How often is asked again what all wait for (gates, children, controls, what the watch found bad)
/// and that gave no good answer.
inline constexpr Duration kBadAgain = std::chrono::seconds(10);
inline constexpr Duration kSharedGood = std::chrono::minutes(2);
inline constexpr Duration kMultiplexerDeadline = std::chrono::minutes(3);

/// Changes of a service's direction within an hour, from which on its next flip waits.
inline constexpr std::size_t kTurnsAllowed = 2;

/// Goes last: it is the way to the stacks of all others.
inline constexpr std::string_view kPortainerItself = "portainer-mcp";

/// What the diff says of a service: found at once, since all ask.
struct Differences {
    explicit Differences(const Diff& diff);
    std::unordered_map<std::string_view, std::vector<const Edit*>> edits;
    std::unordered_map<std::string_view, const Obstacle*> obstacles;  ///< the first of each
};

/// All that a decision is made of, and questions that many ask of it. Constant to those who decide;
/// the record grows under it as the reducer takes their moves.
struct Scene {
    const DesiredState& desired;
    const Observed& observed;
    const Diff& diff;
    const Differences& differences;  ///< of that diff
    const RolloutRecord& record;
    const Ledger& ledger;
    Time now;
    /// What this step releases: on its way, and not in the ledger yet.
    const std::map<std::string, std::string>& released;  ///< intent → target
    /// Intents that were unsettled in the ledger until this step looked (settle.hpp), by id.
    const std::map<std::string, Intent>& settled;

    /// As it is known now; null: no such intent, so that it was never sent.
    [[nodiscard]] const Intent* intent(const std::string& id) const;
    [[nodiscard]] bool is_unsettled(const Intent& intent) const;
    [[nodiscard]] bool releases_on(const std::string& target) const;

    /// The newest evidence of that kind, not older than `since`; null when there is none yet.
    [[nodiscard]] const Evidence*
    evidence_since(CheckKind kind, const std::string& subject, Time since) const;
    /// The newest through-probe since then; of the multiplexer as it runs now, since a verdict on
    /// the one before its last restart says nothing any more. Null when there is none yet.
    [[nodiscard]] const Evidence* through_since(const std::string& service, Time since) const;
    [[nodiscard]] const Edit* edit_for(const std::string& service, StackPurpose purpose) const;
    [[nodiscard]] const Obstacle* obstacle_for(const std::string& service) const;
    [[nodiscard]] const SwarmService* running(const std::string& service) const;
    [[nodiscard]] const WaveSpec* wave_of(const std::string& service) const;
    [[nodiscard]] Duration soak_of(const std::string& service) const;
    [[nodiscard]] Duration deadline_of(const std::string& service) const;
    /// The mode that a service with this block runs in.
    [[nodiscard]] AuthMode mode_of(const AuthBlock& block) const {
        return desired.fleet.auth_profile.mode_of(block);
    }
    /// Is it what services of this mode should carry?
    [[nodiscard]] bool is_wanted(const AuthBlock& block, AuthMode mode) const {
        return desired.fleet.auth_profile.is_wanted(block, desired.fleet.jwt, mode);
    }
    /// Has more than the service's deadline passed since then?
    [[nodiscard]] bool is_late(const std::string& service, Time since) const;
    /// Asked recently enough for a write to be begun on it, and by this process.
    [[nodiscard]] bool is_fresh(Time asked) const {
        return ledger.is_fresh(asked, kGateFreshness, now);
    }
    /// Paused by a person, or frozen: nothing begins.
    [[nodiscard]] bool begins_nothing() const;
    [[nodiscard]] Duration age(Time at) const { return now.mono - at.mono; }
    [[nodiscard]] bool multiplexer_is(MultiplexerStage stage) const {
        return record.multiplexer().stage() == stage;
    }
};

inline Time later(Time a, Time b) {
    return a.mono < b.mono ? b : a;
}

/// Hash of what a flip sets: the block and the image it meets. A rejection is remembered by it.
std::string tried_hash(const StackEdit& edit);
std::string tried_hash(const std::string& canonical_block, const std::string& image);

}  // namespace wavegate::rollout
