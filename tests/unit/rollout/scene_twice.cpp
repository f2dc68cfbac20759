// Deciding twice on the same world.
#include "reconcilers/rollout/decide.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

std::string name_of(const Check& check) {
    return fmt::format("{} of {}", to_string(check.kind), check.subject);
}

void compare_asks(const Step& before, const Step& after, std::vector<std::string>& found) {
    const auto asks = [](const Step& step, const Check& wanted) {
        return std::any_of(step.ask.begin(), step.ask.end(), [&](const Check& check) {
            return name_of(check) == name_of(wanted) && check.inputs == wanted.inputs;
        });
    };
    for (const auto& check : after.ask) {
        if (!asks(before, check)) {
            found.push_back("asks for " + name_of(check));
        }
    }
    for (const auto& check : before.ask) {
        if (!asks(after, check)) {
            found.push_back("asks no more for " + name_of(check));
        }
    }
}

std::string told(const Member& member) {
    return std::string(to_string(member.phase()));
}

void compare_records(
    const RolloutRecord& before,
    const RolloutRecord& after,
    std::vector<std::string>& found) {
    for (const auto& member : after.members()) {
        const auto* was = before.member(member.service);
        if (was == nullptr || !(*was == member)) {
            found.push_back(fmt::format(
                "{}: {}, was {}",
                member.service,
                told(member),
                was == nullptr ? "not there" : told(*was)));
        }
    }
    if (!(before.multiplexer() == after.multiplexer())) {
        found.push_back(fmt::format(
            "multiplexer: {}, was {}",
            to_string(after.multiplexer().stage()),
            to_string(before.multiplexer().stage())));
    }
    if (found.empty() && !(before == after)) {
        found.emplace_back("the record changes");
    }
}

void compare_holds(const Step& before, const Step& after, std::vector<std::string>& found) {
    for (const auto& [object, hold] : after.holds) {
        const auto was = before.holds.find(object);
        if (was == before.holds.end() || was->second.reason != hold.reason) {
            found.push_back(fmt::format("{}: {} now", object, to_string(hold.reason)));
        }
    }
}

/// How a second step differs from the one before it.
std::vector<std::string> differences(const Step& before, const Step& after, bool spares_release) {
    std::vector<std::string> found;
    compare_records(before.next, after.next, found);
    compare_holds(before, after, found);
    compare_asks(before, after, found);
    for (const auto& event : after.events) {
        found.push_back(fmt::format("event {} {}", event.object, event.reason));
    }
    for (const auto& intent : after.settled) {
        found.push_back("settles " + intent.id);
    }
    for (const auto& edit : after.release) {
        const bool again =
            std::any_of(before.release.begin(), before.release.end(), [&](const Edit& other) {
                return other.id == edit.id;
            });
        if (!again || !spares_release) {
            found.push_back(fmt::format("releases {}", edit.id));
        }
    }
    return found;
}

}  // namespace

std::vector<std::string> Story::decide_again(bool spares_release) const {
    constexpr int most = 10;
    Story again = *this;
    for (int round = 0; round < most; ++round) {
        const auto before = again.step;
        again.begun();
        again.differ();
        again.step =
            rollout::decide(desired, observed, again.diff, again.record, again.ledger, now);
        again.record = again.step.next;
        auto found = differences(before, again.step, spares_release);
        if (found.empty()) {
            return {};
        }
        if (before.look_again > now.mono) {
            return found;  // it said that nothing is to be done now
        }
        if (round + 1 == most) {
            found.emplace_back("and so on: it never comes to rest");
            return found;
        }
    }
    return {};
}

}  // namespace wavegate::rollout
