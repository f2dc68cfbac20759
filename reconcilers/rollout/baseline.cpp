#include "reconcilers/rollout/baseline.hpp"

#include "operator/model/inputs.hpp"

#include <fmt/format.h>

namespace wavegate::rollout {
namespace {

class Baseline {
  public:
    Baseline(const Scene& scene, const Member& member, Move& move)
        : scene_(scene), member_(member), next_(*member.as<state::Pending>()), move_(move) {}

    bool holds() {
        const auto* evidence =
            scene_.evidence_since(CheckKind::Baseline, member_.service, member_.begun);
        if (evidence == nullptr || evidence->rollout != scene_.record.id()) {
            move_.wait_for(Reason::WaitingForGates, "its baseline is being taken");
            ask();
            return false;
        }
        if (evidence->verdict == Verdict::Pass || lets_nobody_in(*evidence)) {
            next_.broken_since.reset();
            move_.keeps(next_);
            return true;
        }
        if (!waits_to_be_shown(*evidence)) {
            tell(*evidence);
        }
        move_.keeps(next_);
        return false;
    }

  private:
    /// What can only enforce has no other way to be mended: another block is all that it lacks.
    [[nodiscard]] bool lets_nobody_in(const Evidence& evidence) const {
        const auto* service = scene_.desired.service(member_.service);
        return service != nullptr && !service->modes.none &&
               evidence.seen == ProbeClass::TokenRefused;
    }

    void ask() { move_.asks(CheckKind::Baseline, member_.service, AuthMode::None); }

    /// A child that answers by itself and that the multiplexer lost earns it one restart. True
    /// while that is awaited.
    bool waits_to_be_shown(const Evidence& evidence) {
        const auto shown = scene_.record.multiplexer().since.mono;
        if (evidence.seen != ProbeClass::Parked ||
            (next_.lost_since && evidence.taken.mono > shown)) {
            return false;
        }
        if (!next_.lost_since) {
            next_.lost_since = scene_.now;
            move_.claims.push_back(Claim::RestartMultiplexer);
        } else {
            ask();
        }
        move_.wait_for(Reason::WaitingForMultiplexer, "it answers; the multiplexer has lost it");
        return true;
    }

    /// Not up yet, or over a rate limit, is no verdict: asked again soon.
    void tell(const Evidence& evidence) {
        const bool broken =
            evidence.verdict == Verdict::Fail && evidence.seen != ProbeClass::Converging;
        const auto seen = fmt::format("{} ({})", to_string(evidence.seen), explained(evidence));
        if (broken) {
            report(evidence, "broken before any flip: " + seen);
        } else {
            move_.wait_for(Reason::WaitingForGates, "its baseline gave no verdict: " + seen);
        }
        const auto pause = broken ? kResync : kAskAgain;
        const auto age = scene_.age(evidence.taken);
        if (age >= pause) {
            ask();
        }
        move_.decides(age >= pause ? pause : pause - age);
    }

    void report(const Evidence& evidence, const std::string& message) {
        const bool first = !next_.broken_since;
        next_.broken_since = next_.broken_since.value_or(evidence.taken);
        const auto* wave = scene_.wave_of(member_.service);
        const bool skips = wave != nullptr && wave->on_broken_baseline == BrokenBaseline::Skip;
        const bool late = !skips && scene_.is_late(member_.service, *next_.broken_since);
        move_.wait_for(late ? Reason::DeadlineExceeded : Reason::BaselineBroken, message);
        if (late && !next_.told) {
            next_.told = true;
            move_.shout = message;
        } else if (skips && first) {
            move_.shout = message + "; its wave goes on without it";
        }
    }

    const Scene& scene_;
    const Member& member_;
    state::Pending next_;
    Move& move_;
};

}  // namespace

bool baseline_holds(const Scene& scene, const Member& member, Move& move) {
    const auto* service = scene.desired.service(member.service);
    if (service != nullptr && !service->modes.none &&
        !enforces(scene.desired, *service, scene.observed)) {
        return true;  // it refuses to start as it is: nothing could make that worse
    }
    return Baseline(scene, member, move).holds();
}

}  // namespace wavegate::rollout
