#include "reconcilers/rollout/watch.hpp"

#include "reconcilers/rollout/faults.hpp"
#include "reconcilers/rollout/watched.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::rollout {
namespace {

constexpr Duration kCanaryEvery = std::chrono::hours(1);
/// A service that has just come up may not have its keys yet: it would refuse whatever it gets.
constexpr Duration kCanaryAfter = std::chrono::seconds(60);

/// One alone that fails is that one's own.
void end_shared(Reducer& reducer, const WatchedServices& services) {
    const auto& desired = reducer.scene().desired;
    const auto& all = services.all();
    // Those that failed before a restart count until they were called again.
    const auto failed = std::count_if(all.begin(), all.end(), [&](const Watched& one) {
        const auto* through = services.latest(CheckKind::Through, *one.member);
        return one.member->phase() == Phase::Ready && through != nullptr &&
               through->verdict != Verdict::Pass;
    });
    if (failed < 2) {
        reducer.end_fault(kThrough, object_of_fault(desired, kThrough));
    }
    if (services.failing({CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Open}) < 2) {
        reducer.end_fault(kServices, object_of_fault(desired, kServices));
    }
}

/// Nothing speaks against it any more: proven anew, it is Ready.
Move recover(const Scene& scene, const WatchedServices& services, const Member& member) {
    const auto& in = *member.as<state::Degraded>();
    Move move;
    move.wait_for(Reason::None, in.cause.message);
    for (const auto kind : {first_question(member), CheckKind::Through}) {
        if (kind == CheckKind::Through && !services.calls_through(member)) {
            if (member.to == AuthMode::Jwt) {
                return move;  // the multiplexer is away, and so is half of the proof
            }
            continue;
        }
        const auto* evidence = scene.evidence_since(kind, member.service, member.since);
        if (evidence == nullptr || evidence->verdict != Verdict::Pass) {
            services.ask_again(move, kind, member, kBadAgain);
            return move;
        }
    }
    state::Ready next;
    next.flight = in.flight;
    return move.turns(Happening::Recovered, std::move(next), Reason::None, "it answers again");
}

/// Those whose turn it is, the oldest first, and no more of them within a beat than an even spread
/// needs.
void begin_rounds(Reducer& reducer, const WatchedServices& services) {
    const auto& scene = reducer.scene();
    const auto& watch = scene.desired.fleet.watch;
    const auto beat = scene.now.wall - beat_of(watch);
    auto room = rounds_a_beat(watch, services.all().size());
    std::vector<std::pair<Wall, const Watched*>> due;
    for (const auto& one : services.all()) {
        const auto asked = services.asked_at(first_question(*one.member), *one.member);
        room -= room > 0 && asked > beat ? 1 : 0;
        if (one.bad == nullptr && one.member->phase() == Phase::Ready && asked < one.turn.began) {
            due.emplace_back(asked, &one);
        }
    }
    std::stable_sort(
        due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    due.resize(std::min(due.size(), room));
    for (const auto& [asked, one] : due) {
        const auto& member = *one->member;
        reducer.ask({first_question(member), member.service, member.to, !one->turn.full});
    }
}

/// Each hour, and in the next round where it runs something else than the last time, or where not
/// all could be sent. Right after a call through, so that there is one at most in a round.
void send_canary(
    const Scene& scene,
    const WatchedServices& services,
    const Member& member,
    Move& move) {
    const auto& watch = scene.desired.fleet.watch;
    const auto* through = services.latest(CheckKind::Through, member);
    const bool just_called = through != nullptr && scene.age(through->taken) < beat_of(watch);
    if (!just_called || scene.age(member.since) < kCanaryAfter) {
        return;
    }
    const auto* canary = services.latest(CheckKind::Canary, member);
    const bool whole = canary != nullptr && canary->verdict != Verdict::Unknown &&
                       canary->inputs == through->inputs &&
                       canary->facts.find("expired") != nullptr;
    const auto pause = whole ? kCanaryEvery : beat_of(watch);
    if (canary == nullptr || scene.age(canary->taken) >= pause) {
        move.asks(CheckKind::Canary, member.service, member.to);
    }
}

/// Did its round begin before it was Ready? Then the gates of its flip and its soak asked in its
/// place.
bool soaked_in_it(const Scene& scene, const Watched& one) {
    return one.turn.began < scene.now.wall - scene.age(one.member->since);
}

/// What comes after the first answer of a round, which was good: a call through could park a child
/// that does not answer by itself.
void go_on(const Scene& scene, const WatchedServices& services, const Watched& one, Move& move) {
    const auto& member = *one.member;
    const auto* through = services.latest(CheckKind::Through, member);
    const bool restarted = through != nullptr && through->verdict != Verdict::Pass &&
                           through->taken.mono < scene.record.multiplexer().since.mono;
    if (restarted && services.calls_through(member)) {
        move.asks(CheckKind::Through, member.service, member.to);
        return;
    }
    const bool put_off = through != nullptr && through->seen == ProbeClass::Converging;
    if (put_off && !scene.record.finished() && services.calls_through(member)) {
        services.ask_again(move, CheckKind::Through, member, kBadAgain);
    }
    if (services.asked_at(first_question(member), member) < one.turn.began) {
        return;
    }
    // Which tool to call was not known.
    const bool unasked = through != nullptr && through->verdict == Verdict::Unknown;
    const auto listed = services.asked_at(CheckKind::Direct, member);
    const bool full = one.turn.full && !(soaked_in_it(scene, one) && listed != Wall());
    if (member.to == AuthMode::Jwt && (full || unasked) && listed < one.turn.began) {
        move.asks(CheckKind::Direct, member.service, member.to);
        return;
    }
    const auto called = services.asked_at(CheckKind::Through, member);
    if (services.calls_through(member) &&
        (called < one.turn.began || (unasked && called < listed))) {
        move.asks(CheckKind::Through, member.service, member.to);
    } else if (member.to == AuthMode::Jwt) {
        send_canary(scene, services, member, move);
    }
}

/// It answers, or did when it was asked last: what was suspected of it is forgotten.
Move stay_ready(const Scene& scene, const WatchedServices& services, const Watched& one) {
    Move move;
    auto next = *one.member->as<state::Ready>();
    next.trouble = Trouble();
    move.keeps(std::move(next));
    go_on(scene, services, one, move);
    return move;
}

}  // namespace

void keep_watch(Reducer& reducer) {
    const auto& scene = reducer.scene();
    watch_gates(reducer);
    const WatchedServices services(scene);
    end_shared(reducer, services);
    for (std::size_t i = 0; i < services.all().size(); ++i) {
        const auto& one = services.all()[i];
        if (one.bad != nullptr) {
            reducer.take(*one.member, follow_bad(reducer, services, i));
        } else if (one.member->phase() == Phase::Degraded) {
            reducer.take(*one.member, recover(scene, services, *one.member));
        } else {
            reducer.take(*one.member, stay_ready(scene, services, one));
        }
    }
    begin_rounds(reducer, services);
    if (!services.all().empty()) {
        reducer.decide_again(beat_of(scene.desired.fleet.watch));
    }
}

bool controls_are_fresh(const Scene& scene, Move& move) {
    std::size_t asked = 0;
    bool good = true;
    for (const auto& member : scene.record.members()) {
        if (member.to != AuthMode::Jwt || member.phase() != Phase::Ready || asked == kControls) {
            continue;
        }
        ++asked;
        const auto* through = scene.ledger.latest(CheckKind::Through, member.service);
        const bool fresh = through != nullptr && scene.is_fresh(through->taken);
        if (!fresh) {
            move.asks(CheckKind::Through, member.service, member.to);
        }
        good = good && fresh && through->verdict == Verdict::Pass;
    }
    if (!good) {
        move.decides(kAskAgain);
    }
    return good;
}

}  // namespace wavegate::rollout
