// How the multiplexer gets its outbound env.
#include "operator/model/admission.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/children.hpp"
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/multiplexer.hpp"
#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/settle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

const MultiplexerSpec& spec_of(const Scene& scene) {
    return scene.desired.fleet.multiplexer;
}

/// Without a service that demands tokens it needs none.
bool is_wanted(const Scene& scene) {
    const auto& members = scene.record.members();
    return std::any_of(members.begin(), members.end(), [](const Member& member) {
        return member.to == AuthMode::Jwt;
    });
}

/// It runs with its outbound env, and its stack would give it that again, as far as was seen since
/// it was last written.
bool stays_wired(const Scene& scene) {
    const auto& stack = spec_of(scene).stack;
    const auto* last = scene.ledger.latest_intent("wiring", stack);
    const bool seen = last == nullptr || scene.observed.stacks.at().mono > last->settled.mono;
    return is_wired(scene.desired, scene.observed) &&
           (!seen || scene.edit_for(stack, StackPurpose::Wiring) == nullptr);
}

/// For a message: a few of them, and how many there are.
std::string first_of(std::vector<std::string> items) {
    constexpr std::size_t most = 10;
    const auto count = items.size();
    items.resize(std::min(count, most));
    const std::string rest = count > most ? fmt::format(" and {} more", count - most) : "";
    return fmt::format("{}{}", fmt::join(items, ", "), rest);
}

std::string why_no_secret(const Scene& scene) {
    const auto& obstacles = scene.diff.obstacles;
    const auto client = "OidcClient/" + spec_of(scene).client;
    const auto foreign =
        std::find_if(obstacles.begin(), obstacles.end(), [&](const Obstacle& obstacle) {
            return obstacle.reason == kForeign && obstacle.object == client;
        });
    return foreign == obstacles.end() ? "its client's secret was not observed" : foreign->message;
}

/// Why its identity does not stand yet; empty: it does.
std::string identity_lacks(const Scene& scene) {
    const auto& edits = scene.diff.edits;
    const bool differs = std::any_of(edits.begin(), edits.end(), [](const Edit& edit) {
        return std::holds_alternative<ClientEdit>(edit.body) ||
               std::holds_alternative<SecretEdit>(edit.body);
    });
    if (differs) {
        return "its client and secret entry come first";
    }
    return outbound_env(scene.desired, scene.observed).empty() ? why_no_secret(scene) : "";
}

/// Children that must be up again afterwards, and when they were told.
struct Children {
    std::vector<std::string> up;
    Time taken{};
};

/// It does not answer, and services that enforce can't be called until it is wired: that may be
/// what mends it. Who its children were before is known.
std::optional<Children> known_of_broken(const Scene& scene, const Evidence& evidence) {
    const auto& record = scene.record.multiplexer();
    const bool asked = evidence.taken.mono >= record.since.mono;
    if (!asked || record.children.empty() || !cuts_off_others(scene)) {
        return std::nullopt;
    }
    return Children{record.children, scene.now};
}

/// What it shows before we touch it; nothing while that is asked, or while foreign children hold
/// it.
std::optional<Children> children_before(const Scene& scene, MultiplexerMove& move) {
    const auto& spec = spec_of(scene);
    const auto* evidence = scene.ledger.latest(CheckKind::Children, spec.stack);
    const bool ours = evidence != nullptr && evidence->rollout == scene.record.id();
    if (!ours || evidence->verdict != Verdict::Pass) {
        if (auto known = ours ? known_of_broken(scene, *evidence) : std::nullopt) {
            return known;
        }
        if (!ours || scene.age(evidence->taken) >= kBadAgain) {
            move.asks(CheckKind::Children, spec.stack);
        }
        move.looks(kBadAgain).waits(
            ours ? "it does not show its children: " + explained(*evidence)
                 : "its children are being asked for");
        return std::nullopt;
    }
    const auto foreign = list_fact(*evidence, "foreign");
    if (!foreign.empty() && spec.foreign_children == ForeignChildren::Hold) {
        if (scene.age(evidence->taken) >= kResync) {
            move.asks(CheckKind::Children, spec.stack);
        }
        move.looks(kResync).waits(fmt::format(
            "children that are no service of this fleet would get its bearer: {}",
            first_of(foreign)));
        return std::nullopt;
    }
    return Children{list_fact(*evidence, "up"), evidence->taken};
}

/// Why its wiring is not to be written now; empty: nothing is in the way.
std::string wiring_waits(const Scene& scene, const Edit& edit) {
    // Enforcing services can't be called without it: that is mended, pause or not.
    if (scene.begins_nothing() && !any_enforcing(scene.desired, scene.observed)) {
        return scene.ledger.paused() ? "the rollout is paused: its wiring waits for resume"
                                     : "its wiring waits for the end of the freeze";
    }
    if (!scene.ledger.takes_commits) {
        return "its wiring waits for the store";
    }
    if (const auto pause = pause_of(scene, edit)) {
        return "its wiring waits: " + pause->message;
    }
    if (fleet_in_motion(scene) && !cuts_off_others(scene)) {
        return "its wiring restarts it: waiting for services in motion";
    }
    return "";
}

MultiplexerMove wire(const Scene& scene, Children children, MultiplexerMove move) {
    const auto& stack = spec_of(scene).stack;
    const auto* edit = scene.edit_for(stack, StackPurpose::Wiring);
    if (edit == nullptr) {
        const auto* obstacle = scene.obstacle_for(stack);
        return move.waits(obstacle == nullptr ? "no edit would wire it" : obstacle->message);
    }
    if (auto why = wiring_waits(scene, *edit); !why.empty()) {
        return move.waits(std::move(why)).looks(kAskAgain);
    }
    // Who gets the bearer is asked last: a stranger may have come while other things were waited
    // for.
    if (!scene.is_fresh(children.taken)) {
        return move.asks(CheckKind::Children, stack)
            .waits("its children are being asked for again");
    }
    move.children = std::move(children.up);
    move.release = *edit;
    return move.turns(stage::Wiring(), "its outbound env is being written");
}

}  // namespace

/// Identity first, then policies and gate 2, then the multiplexer's children, then its env.
MultiplexerMove step_unknown(const Scene& scene) {
    MultiplexerMove move;
    if (stays_wired(scene)) {
        return move.turns(stage::Wired(), "it runs with the outbound env");
    }
    if (!is_wanted(scene)) {
        return move;
    }
    if (auto lacks = identity_lacks(scene); !lacks.empty()) {
        return move.waits(std::move(lacks));
    }
    if (!policies_verified(scene)) {
        if (policies_are_to_be_asked(scene)) {
            move.asks(CheckKind::Policy, scene.desired.fleet.name);
        }
        return move.looks(kBadAgain).waits("gate 2 must hold before it is wired");
    }
    auto children = children_before(scene, move);
    return children ? wire(scene, std::move(*children), std::move(move)) : move;
}

MultiplexerMove step_wired(const Scene& scene) {
    MultiplexerMove move;
    if (!is_wanted(scene) || stays_wired(scene)) {
        return move;
    }
    const bool known = !outbound_env(scene.desired, scene.observed).empty();
    return move.turns(stage::Unknown(), known ? "its outbound env differs" : why_no_secret(scene));
}

MultiplexerMove step_wiring(const Scene& scene, const stage::Wiring& in) {
    MultiplexerMove move;
    move.waits("it is being wired").decides(kAskAgain);
    const bool in_force = is_wired(scene.desired, scene.observed);
    switch (outcome_in_sight(scene, in.intent, in_force)) {
        case Outcome::Unknown: {
            const bool told =
                scene.observed.told &&
                (scene.released.contains(in.intent) ||
                 is_landing(scene.observed, scene.ledger, scene.record.multiplexer()));
            return move.looks(told ? kLookAtUpdates : kAskAgain);
        }
        case Outcome::NotWritten:
            return move.turns(stage::Unknown(), "not written");
        case Outcome::Failed:
            // Going back would leave enforcing services without a caller: then it is tried again.
            if (any_enforcing(scene.desired, scene.observed)) {
                return move.turns(
                    stage::Unknown(), "the write failed, and services need it: once more");
            }
            return move.turns(stage::Unwiring{"write failed", "", {}}, "write failed");
        case Outcome::Written:
            break;
    }
    auto next = in;
    const auto since = scene.record.multiplexer().since;
    const auto shown = shows_children(scene, since, next.tasks, move);
    if (shown == Shown::All) {
        return move.turns(
            stage::Wired(), "it runs with the outbound env and shows its children again");
    }
    if (scene.age(since) > kMultiplexerDeadline) {
        if (shown == Shown::AllButLost) {
            // Away while it started: nothing that another env would mend.
            return move.turns(
                stage::Restarting(),
                "it runs with the outbound env, and lost children that answer directly");
        }
        const std::string cause = "it did not show its children again in time";
        return move.turns(stage::Unwiring{cause, "", {}}, cause);
    }
    move.stays = std::move(next);
    return move;
}

}  // namespace wavegate::rollout
