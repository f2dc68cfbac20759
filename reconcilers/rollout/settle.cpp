#include "reconcilers/rollout/settle.hpp"

#include "operator/model/auth_block.hpp"
#include "operator/model/landing.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

namespace wavegate::rollout {
namespace {

/// Requests to Keycloak, OpenBao, Eunomia and Grafana are answered, or cut, well within that.
constexpr Duration kOthersLand = std::chrono::minutes(1);

constexpr std::string_view kStack = "stack/";

class Settler {
  public:
    Settler(
        const Observed& observed,
        const DesiredState& desired,
        const Diff& diff,
        const Ledger& ledger,
        Time now)
        : observed_(observed), desired_(desired), diff_(diff), ledger_(ledger), now_(now) {}

    [[nodiscard]] std::optional<Intent> settle(const Intent& intent) const {
        auto settled = intent;
        settled.settled = now_;
        // What this process is writing tells its end itself, unless Swarm shows it before.
        const bool answer_comes =
            ledger_.under_way.contains(intent.id) && intent.block_after.empty();
        if (!is_seen(intent) || answer_comes) {
            return std::nullopt;
        }
        if (const auto note = landed(intent); !note.empty()) {
            settled.state = IntentState::Adopted;
            settled.note = note;
            return settled;
        }
        if (may_land(intent)) {
            return std::nullopt;
        }
        settled.state = IntentState::Dropped;
        settled.note = goes_again(intent) ? "nobody knows whether it was sent; it is not in force"
                                          : "the answer was lost; it is not in force";
        return settled;
    }

  private:
    /// Was what it is about looked at since it was sent?
    [[nodiscard]] bool is_seen(const Intent& intent) const {
        if (intent.kind == "annotation") {
            const auto& seen = observed_.annotations;
            return seen.ok() && seen.at().mono > intent.at.mono;
        }
        if (intent.kind == "policy") {
            const auto& seen = observed_.policies;
            return seen.ok() && seen.at().mono > intent.at.mono;
        }
        return observed_.swarm.ok() && observed_.stacks.ok() &&
               observed_.swarm.at().mono > intent.at.mono;
    }

    /// How it is told that it landed; empty: it isn't, so far.
    [[nodiscard]] std::string landed(const Intent& intent) const {
        constexpr const char* in_force = "the answer was lost; it is in force";
        const auto* running = running_of(intent);
        if (intent.kind == "flip" || intent.kind == "wayback") {
            if (running == nullptr || (!is_over(intent) && may_land(intent))) {
                return "";
            }
            if (canonical(running->auth) == intent.block_after) {
                return in_force;
            }
            return was_rolled_back(intent, *running)
                       ? "the answer was lost; Swarm took it back itself"
                       : "";
        }
        if (intent.kind == "restart") {
            const bool moved =
                running != nullptr && intent.version != 0 && running->version > intent.version;
            return moved ? in_force : "";
        }
        return !is_wanted(intent) && was_updated(intent) ? in_force : "";
    }

    /// Its version moved since it was met, and ends in a rollback: the write came in between.
    static bool was_rolled_back(const Intent& intent, const SwarmService& running) {
        const bool back = running.update == UpdateState::RollbackStarted ||
                          running.update == UpdateState::RollbackCompleted ||
                          running.update == UpdateState::RollbackPaused;
        return back && intent.version != 0 && running.version > intent.version;
    }

    [[nodiscard]] bool is_wanted(const Intent& intent) const {
        return std::any_of(diff_.edits.begin(), diff_.edits.end(), [&](const Edit& edit) {
            return edit.target == intent.target && edit.id == intent.edit;
        });
    }

    /// Of a stack: it was, since that was sent. Other systems' diffs tell enough by themselves.
    [[nodiscard]] bool was_updated(const Intent& intent) const {
        if (!intent.target.starts_with(kStack)) {
            return true;
        }
        const auto* stack = observed_.stack(intent.target.substr(kStack.size()));
        const auto sent = std::chrono::floor<std::chrono::seconds>(intent.at.wall);
        return stack != nullptr && stack->update_date >= sent.time_since_epoch().count();
    }

    /// Swarm shows a deployment while Portainer is still at it: its call is over once its record
    /// shows it, too (portainer.md), which holds the way back as well. Not before that is anything
    /// else written there. One that failed half-way never shows it, and ends with its time.
    [[nodiscard]] bool is_over(const Intent& intent) const {
        const auto* stack = observed_.stack(intent.target.substr(kStack.size()));
        return stack != nullptr && was_updated(intent) && stack->status != StackStatus::Deploying;
    }

    [[nodiscard]] const SwarmService* running_of(const Intent& intent) const {
        if (intent.service == desired_.fleet.multiplexer.stack) {
            return observed_.running(intent.service, desired_.fleet.multiplexer.service);
        }
        const auto* spec = desired_.service(intent.service);
        return spec == nullptr ? nullptr : observed_.running(spec->stack, spec->compose_service);
    }

    /// Its process ended after the intent was stored, and nobody knows whether it was sent. Where
    /// the same write twice does no harm, it is not waited for: for so long a service that failed
    /// would answer nobody, or the fleet hold a secret that mints no more.
    [[nodiscard]] bool goes_again(const Intent& intent) const {
        const bool harmless = intent.kind == "wayback" || intent.kind == "wiring";
        if (!harmless || intent.state != IntentState::Open ||
            ledger_.under_way.contains(intent.id)) {
            return false;
        }
        const auto* stack = observed_.stack(intent.target.substr(kStack.size()));
        return stack != nullptr && stack->status != StackStatus::Deploying;
    }

    [[nodiscard]] bool may_land(const Intent& intent) const {
        const bool swarm =
            intent.target.starts_with(kStack) || intent.target.starts_with("service/");
        if (goes_again(intent)) {
            return false;
        }
        return swarm ? may_still_land(intent, ledger_, now_)
                     : ledger_.under_way.contains(intent.id) ||
                           on_its_way(intent, ledger_, now_) <= kOthersLand;
    }

    const Observed& observed_;
    const DesiredState& desired_;
    const Diff& diff_;
    const Ledger& ledger_;
    Time now_;
};

}  // namespace

std::map<std::string, Intent> settle(
    const Observed& observed,
    const DesiredState& desired,
    const Diff& diff,
    const Ledger& ledger,
    Time now) {
    const Settler settler(observed, desired, diff, ledger, now);
    std::map<std::string, Intent> settled;
    for (const auto& intent : ledger.intents) {
        if (!is_unsettled(intent)) {
            continue;
        }
        if (auto known = settler.settle(intent)) {
            settled.emplace(intent.id, std::move(*known));
        }
    }
    return settled;
}

Outcome outcome_of(const Scene& scene, const std::string& intent) {
    if (scene.released.contains(intent)) {
        return Outcome::Unknown;
    }
    const auto* known = scene.intent(intent);
    if (known == nullptr) {
        return Outcome::NotWritten;
    }
    switch (known->state) {
        case IntentState::Refused:
        case IntentState::Dropped:
            return Outcome::NotWritten;
        case IntentState::Written:
        case IntentState::Adopted:
            return Outcome::Written;
        case IntentState::Failed:
            return Outcome::Failed;
        case IntentState::Open:
        case IntentState::Lost:
            break;
    }
    return Outcome::Unknown;
}

Outcome outcome_in_sight(const Scene& scene, const std::string& intent, bool in_force) {
    const auto outcome = outcome_of(scene, intent);
    const auto* sent = scene.intent(intent);
    const bool seen = sent != nullptr && scene.observed.swarm.at().mono > sent->at.mono;
    return outcome == Outcome::Unknown && seen && in_force ? Outcome::Written : outcome;
}

}  // namespace wavegate::rollout
