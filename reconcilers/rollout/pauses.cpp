#include "reconcilers/rollout/pauses.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

bool ended_badly(const Intent& intent) {
    return intent.state == IntentState::Refused || intent.state == IntentState::Failed ||
           intent.state == IntentState::Lost || intent.state == IntentState::Dropped;
}

/// The newest intent on a target, if it ended badly; and how often in a row this very edit met a
/// refusal that stays.
struct LastTry {
    const Intent* bad = nullptr;
    int lasting = 0;
};

LastTry last_try(const Ledger& ledger, const std::string& target, const std::string& edit) {
    constexpr int most = 10;  // the pause grows no further
    LastTry found;
    const auto tries = ledger.intents.of<ByTarget>(std::string_view(target));
    for (auto i = tries.size(); i-- > 0 && found.lasting < most;) {
        const auto& intent = tries[i];
        const bool first = found.bad == nullptr;
        if (first && ended_badly(intent)) {
            found.bad = &intent;
        }
        if (!intent.lasting || intent.edit != edit) {
            break;
        }
        ++found.lasting;
    }
    return found;
}

Duration since_end(const Intent& intent, Time now) {
    return now.mono - std::max(intent.settled.mono, intent.at.mono);
}

Duration doubled(int times) {
    auto pause = kRefusedPause;
    for (int i = 1; i < times && pause < kLongestPause; ++i) {
        pause *= 2;
    }
    return std::min(pause, kLongestPause);
}

std::optional<Pause> after_refusal(const Scene& scene, const Edit& edit) {
    const auto last = last_try(scene.ledger, edit.target, edit.id);
    if (last.bad == nullptr) {
        return std::nullopt;
    }
    const auto left = doubled(last.lasting) - since_end(*last.bad, scene.now);
    if (left <= Duration(0)) {
        return std::nullopt;
    }
    const bool by_guard = last.bad->state == IntentState::Refused && !last.bad->lasting;
    const auto reason = by_guard ? Reason::GuardRefused : Reason::WriteFailed;
    return Pause{left, reason, last.bad->note, last.bad->settled};
}

/// How often this very edit was written one after the other, each within reach of the next, and
/// when last.
struct Repeats {
    int times = 0;
    Time last{};
};

Repeats repeats_of(const Scene& scene, const Edit& edit) {
    Repeats found;
    Mono next = scene.now.mono;
    const auto tries = scene.ledger.intents.of<ByTarget>(std::string_view(edit.target));
    bool same = true;
    for (auto i = tries.size(); same && i-- > 0;) {
        const auto& intent = tries[i];
        same = intent.edit == edit.id && intent.state == IntentState::Written &&
               next - intent.settled.mono <= 2 * kLongestPause;
        if (same) {
            next = intent.settled.mono;
            found.last = ++found.times == 1 ? intent.settled : found.last;
        }
    }
    return found;
}

}  // namespace

const Intent* unsettled_on(const Scene& scene, const std::string& target) {
    const auto tries = scene.ledger.intents.of<ByTarget>(std::string_view(target));
    return tries.newest([&](const Intent& intent) { return scene.is_unsettled(intent); });
}

/// It was written already and is needed again: it changes nothing, then, or somebody undoes it, and
/// writing it again and again would not help. Once may be a slip, which is mended at once.
std::optional<Pause> pause_in_vain(const Scene& scene, const Edit& edit) {
    const auto repeats = repeats_of(scene, edit);
    if (repeats.times < 2) {
        return std::nullopt;
    }
    const auto left = doubled(repeats.times - 1) - scene.age(repeats.last);
    if (left <= Duration(0)) {
        return std::nullopt;
    }
    return Pause{
        left,
        Reason::WriteFailed,
        fmt::format(
            "written {} times, and something else is there again: look who changes it",
            repeats.times),
        repeats.last};
}

std::optional<Pause> pause_of(const Scene& scene, const Edit& edit) {
    if (scene.releases_on(edit.target)) {
        return Pause{kAskAgain, Reason::WriteFailed, "another write of it begins", scene.now};
    }
    if (const auto* other = unsettled_on(scene, edit.target)) {
        return Pause{
            kResync,
            Reason::WriteFailed,
            fmt::format("its {} is under way", other->kind),
            other->at};
    }
    if (auto pause = after_refusal(scene, edit)) {
        return pause;
    }
    return pause_in_vain(scene, edit);
}

bool is_cooling(const Scene& scene, const std::string& target) {
    const auto* bad = last_try(scene.ledger, target, {}).bad;
    return bad != nullptr && since_end(*bad, scene.now) < kRefusedPause;
}

}  // namespace wavegate::rollout
