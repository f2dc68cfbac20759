#include "reconcilers/rollout/standing.hpp"

#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// Is this of a service that was let off?
bool is_let_off(const Scene& scene, const std::string& service) {
    const auto* member = service.empty() ? nullptr : scene.record.member(service);
    return member != nullptr && is_excepted(scene, *member);
}

/// An edit that is to be done before the revision is in force. Annotations tell of the fleet: it is
/// converged whether they were written or not.
bool is_due(const Scene& scene, const Edit& edit) {
    if (std::holds_alternative<AnnotationEdit>(edit.body)) {
        return false;
    }
    const auto* stack = edit.stack();
    return stack == nullptr || !is_let_off(scene, stack->service);
}

/// `drift: report` says what differs, and is content.
bool hinders(const Scene& scene, const Obstacle& obstacle) {
    const bool reported =
        obstacle.reason == "Drift" && scene.desired.fleet.drift == DriftPolicy::Report;
    return !reported && !is_let_off(scene, obstacle.service);
}

/// What is to be written, or is not known yet not to be.
bool anything_is_due(const Scene& scene) {
    const auto& edits = scene.diff.edits;
    return !scene.diff.unread.empty() ||
           std::any_of(
               edits.begin(), edits.end(), [&](const Edit& edit) { return is_due(scene, edit); });
}

bool any_obstacle_hinders(const Scene& scene) {
    const auto& all = scene.diff.obstacles;
    return std::any_of(
        all.begin(), all.end(), [&](const Obstacle& obstacle) { return hinders(scene, obstacle); });
}

bool all_done(const Scene& scene) {
    const auto& members = scene.record.members();
    return std::all_of(members.begin(), members.end(), [&](const Member& member) {
        return is_done(scene, member);
    });
}

Reason reason_of(const Reducer& reducer, const Member& member) {
    const auto at = reducer.holds().find("Service/" + member.service);
    return at == reducer.holds().end() ? Reason::None : at->second.reason;
}

/// Failed; or its way back is written, and it answers nobody for longer than that is borne.
bool has_failed(const Scene& scene, const Member& member) {
    if (const auto* rolling = member.as<state::RollingBack>()) {
        return rolling->back.silent && scene.age(*rolling->back.silent) > kPatienceRetry;
    }
    if (is_rejected(scene, member)) {
        return true;
    }
    const auto phase = member.phase();
    const auto* cause = member.cause();
    return (phase == Phase::RolledBack || phase == Phase::Stuck || phase == Phase::Failed) &&
           cause != nullptr && !cause->shared;
}

/// After everything was done, what answers no more is a person's at once. Before, it has its
/// deadline, as what was never good.
bool is_broken(const Reducer& reducer, const Member& member) {
    return member.phase() == Phase::Degraded &&
           (reducer.record().finished() || reason_of(reducer, member) == Reason::DeadlineExceeded);
}

/// A part that all share is broken, and nothing moves that would tell of it.
bool is_faulty(const RolloutRecord& record) {
    const auto& faults = record.faults();
    return record.finished() &&
           std::any_of(faults.begin(), faults.end(), [](const SharedFault& fault) {
               return fault.confirmed;
           });
}

/// Everything got where it should; what broke there later does not undo it.
bool was_done(const Scene& scene) {
    const auto& members = scene.record.members();
    return std::all_of(members.begin(), members.end(), [&](const Member& member) {
        return member.phase() == Phase::Degraded || is_done(scene, member);
    });
}

bool waits_for_person(const Reducer& reducer, const Member& member) {
    if (member.phase() == Phase::Held) {
        return true;
    }
    switch (reason_of(reducer, member)) {
        case Reason::Rejected:
        case Reason::Flapping:
        case Reason::NeedsPassThrough:
        case Reason::StackRepoAhead:
        case Reason::UneditableCompose:
        case Reason::ForeignChange:
        case Reason::DeadlineExceeded:
            return member.phase() == Phase::Pending || member.phase() == Phase::Ready ||
                   member.adopted();
        default:
            return false;
    }
}

/// A foreign object in the place of the multiplexer's client stands in the way of every flip.
bool lacks_its_client(const Scene& scene) {
    const auto& all = scene.diff.obstacles;
    const auto client = "OidcClient/" + scene.desired.fleet.multiplexer.client;
    return std::any_of(all.begin(), all.end(), [&](const Obstacle& obstacle) {
        return obstacle.reason == kForeign && obstacle.object == client;
    });
}

bool awaits_person(const Obstacle& obstacle) {
    return obstacle.awaits_person() || obstacle.reason == to_string(Reason::StackRepoAhead) ||
           obstacle.reason == to_string(Reason::NeedsPassThrough);
}

std::string names_of_excepted(const Scene& scene) {
    std::vector<std::string> names;
    for (const auto& member : scene.record.members()) {
        if (member.phase() != Phase::Ready) {
            names.push_back(member.service);
        }
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// What any part of a rollout shows, from which `standing` takes the one word for all of it.
struct Signs {
    bool under_test = false;
    bool halted = false;
    bool awaited = false;
    bool moving = false;
};

Signs signs_of_the_whole(const Scene& scene) {
    const auto& record = scene.record;
    Signs seen;
    seen.halted = scene.multiplexer_is(MultiplexerStage::Failed);
    seen.awaited = scene.ledger.paused() || is_faulty(record) ||
                   (!record.finished() && lacks_its_client(scene));
    seen.moving = anything_is_due(scene) || scene.multiplexer_is(MultiplexerStage::Restarting);
    return seen;
}

void add_signs_of(const Reducer& reducer, const Member& member, Signs& seen) {
    const auto& scene = reducer.scene();
    const bool done = is_done(scene, member);
    const bool failed = !done && has_failed(scene, member);
    const bool may_wait = (!done || member.phase() == Phase::Ready) && !scene.record.finished();
    seen.under_test = seen.under_test || (is_rolling(member) && !failed);
    seen.halted = seen.halted || failed;
    seen.awaited = seen.awaited || (may_wait && waits_for_person(reducer, member)) ||
                   (!done && is_broken(reducer, member));
    seen.moving = seen.moving || (!done && in_motion(member.phase()));
}

}  // namespace

void finish(Reducer& reducer) {
    const auto& scene = reducer.scene();
    const bool done = all_done(scene) && !anything_is_due(scene) && !any_obstacle_hinders(scene);
    if (!was_done(scene)) {
        reducer.finish(false, "");
    } else if (done) {
        const auto excepted = names_of_excepted(scene);
        reducer.finish(
            true,
            excepted.empty()
                ? fmt::format("revision {} is in force everywhere", scene.record.revision())
                : fmt::format(
                      "revision {} is in force, but for {}, let off as it is",
                      scene.record.revision(),
                      excepted));
    }
}

Standing standing(const Reducer& reducer) {
    const auto& scene = reducer.scene();
    const auto& record = scene.record;
    Signs seen = signs_of_the_whole(scene);
    for (const auto& member : record.members()) {
        add_signs_of(reducer, member, seen);
    }
    if (seen.under_test) {
        return Standing::Moving;
    }
    if (seen.halted) {
        return Standing::Halted;
    }
    if (seen.awaited) {
        return Standing::Awaited;
    }
    if (seen.moving) {
        return Standing::Moving;
    }
    const auto& obstacles = scene.diff.obstacles;
    const bool hindered =
        std::any_of(obstacles.begin(), obstacles.end(), [&](const Obstacle& obstacle) {
            return awaits_person(obstacle) && hinders(scene, obstacle);
        });
    if (is_faulty(record) || (all_done(scene) && hindered)) {
        return Standing::Awaited;
    }
    return record.finished() ? Standing::Converged : Standing::Moving;
}

}  // namespace wavegate::rollout
