// Its gates passed. It soaks with its wave, or alone as the canary: only watched time counts.
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/samples.hpp"
#include "reconcilers/rollout/steps.hpp"
#include "reconcilers/rollout/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

bool runs(const Scene& scene, const Member& member) {
    const auto* running = scene.running(member.service);
    return running != nullptr &&
           converge(*scene.observed.swarm, *running, false).state == Convergence::Running;
}

bool is_alone(const Scene& scene, const Member& member) {
    return scene.record.canary() == member.service && !scene.record.canary_done();
}

/// A soak of one member, sample by sample. A sample is a 401 and a call through, both good; the
/// time between two of them counts when they are near enough.
class Soak {
  public:
    Soak(const Scene& scene, const Wave* wave, const Member& member, state::Probed& in, Move& move)
        : scene_(scene), member_(member), in_(in), move_(move), samples_(scene, wave, member) {}

    /// True once it is full.
    bool advance() {
        if (const auto unseen = samples_.unseen_since()) {
            in_.sampled.reset();
            in_.soak_since = later(in_.soak_since, *unseen);
        }
        const auto from = in_.sampled.value_or(later(member_.since, in_.soak_since));
        const auto* answer = scene_.evidence_since(CheckKind::Unauthorized, member_.service, from);
        const auto* through = scene_.through_since(member_.service, from);
        if (!take(answer) || !take(through)) {
            return false;
        }
        add(answer, through);
        if (in_.sampled && in_.watched >= whole()) {
            return true;
        }
        ask_again(through, CheckKind::Through);
        // One without the other is no sample: where many wait for the multiplexer, the service is
        // not asked over and over meanwhile.
        const bool awaits_through =
            answer != nullptr && (through == nullptr || through->taken.mono < answer->taken.mono);
        if (!awaits_through) {
            ask_again(answer, CheckKind::Unauthorized);
        }
        move_.wait_for(
            Reason::None,
            fmt::format("soaking: {} of {} watched", to_text(in_.watched), to_text(whole())));
        return false;
    }

    [[nodiscard]] bool is_judged() const { return blame_ != Blame::Borne; }
    [[nodiscard]] Cause cause() const {
        return {
            blame_ == Blame::Own ? Reason::GateFailed : Reason::SharedCause,
            told(*bad_),
            blame_ == Blame::Shared};
    }

  private:
    [[nodiscard]] Duration whole() const { return scene_.soak_of(member_.service); }

    /// False: a bad answer, which stops the clock and is borne, judged, or no fault of its own.
    bool take(const Evidence* evidence) {
        if (evidence == nullptr || evidence->verdict == Verdict::Pass) {
            return true;
        }
        in_.sampled.reset();
        if (evidence->kind == CheckKind::Through && is_shared(*evidence)) {
            move_.wait_for(Reason::SharedCause, "the soak stands still: " + told(*evidence));
            ask_after(*evidence, kBadAgain);
            return false;
        }
        bad_ = evidence;
        blame_ = bear(scene_, member_, *evidence, in_.trouble, move_);
        return false;
    }

    void add(const Evidence* answer, const Evidence* through) {
        if (answer == nullptr || through == nullptr || !runs(scene_, member_)) {
            return;
        }
        const auto at =
            std::min(answer->taken, through->taken, [](Time a, Time b) { return a.mono < b.mono; });
        if (in_.sampled && at.mono <= in_.sampled->mono) {
            return;
        }
        const auto gap = in_.sampled ? at.mono - in_.sampled->mono : Duration(0);
        in_.watched += samples_.is_watched(gap) ? gap : Duration(0);
        in_.sampled = at;
        in_.trouble = Trouble();
    }

    void ask_again(const Evidence* last, CheckKind kind) {
        const auto early = last == nullptr ? -samples_.due()
                                           : samples_.interval(whole(), whole() - in_.watched) -
                                                 scene_.age(last->taken);
        // Its whole 401 passed before the soak, and passes again at the end: between, what tells is
        // that it still refuses, and answers through.
        const auto left = whole() - in_.watched;
        const bool closing = whole() > Duration(0) && left <= samples_.interval(whole(), left);
        if (early <= Duration(0)) {
            move_.ask.push_back({kind, member_.service, member_.to, !closing});
        } else {
            move_.decides(early);
        }
    }

    void ask_after(const Evidence& last, Duration pause) {
        const auto age = scene_.age(last.taken);
        if (age >= pause) {
            move_.asks(last.kind, member_.service, member_.to);
        }
        move_.decides(age >= pause ? pause : pause - age);
    }

    const Scene& scene_;
    const Member& member_;
    state::Probed& in_;
    Move& move_;
    Samples samples_;
    Blame blame_ = Blame::Borne;
    const Evidence* bad_ = nullptr;
};

/// What was watched before the wave's last flip is of another fleet.
void begin_anew(const Wave* wave, state::Probed& in) {
    if (wave != nullptr && wave->last_flip.mono > in.soak_since.mono) {
        in.soak_since = wave->last_flip;
        in.watched = Duration(0);
        in.sampled.reset();
    }
}

/// It was proven, does not soak just now, and failed as another's control: asked until it is known.
/// Nothing else would, and nobody may pass it.
void ask_doubted(const Scene& scene, const Member& member, state::Probed& in, Move& move) {
    const auto* through = scene.ledger.latest(CheckKind::Through, member.service);
    if (!is_doubted(scene.ledger, member) || !scene.multiplexer_is(MultiplexerStage::Wired)) {
        return;
    }
    if (is_shared(*through)) {
        const auto age = scene.age(through->taken);
        if (age >= kBadAgain) {
            move.asks(CheckKind::Through, member.service, member.to);
        }
        move.decides(age >= kBadAgain ? kBadAgain : kBadAgain - age);
        return;
    }
    const auto blame = bear(scene, member, *through, in.trouble, move);
    if (blame != Blame::Borne) {
        const auto reason = blame == Blame::Own ? Reason::GateFailed : Reason::SharedCause;
        send_back(scene, member, {reason, told(*through), blame == Blame::Shared}, move);
    }
}

/// `wave`: with which it soaks; null: it is alone.
void soak(
    const Scene& scene,
    const Wave* wave,
    const Member& member,
    state::Probed next,
    Move& move) {
    Soak run(scene, wave, member, next, move);
    const bool full = run.advance();
    if (run.is_judged()) {
        send_back(scene, member, run.cause(), move);
    } else if (full && !is_alone(scene, member)) {
        state::Ready ready;
        ready.flight = next.flight;
        move.turns(Happening::Soaked, std::move(ready), Reason::None, "soaked and passed again");
    } else {
        move.keeps(std::move(next));
    }
}

}  // namespace

Move step_probed(
    const Scene& scene,
    const Waves& waves,
    const Member& member,
    const state::Probed& in) {
    Move move;
    if (has_changed(scene, member, move)) {
        return move;
    }
    // What needs no soak is done: the way out, and what was found running as it should.
    if (member.to == AuthMode::None || in.flight.adopted) {
        state::Ready ready;
        ready.flight = in.flight;
        move.turns(Happening::Soaked, std::move(ready), Reason::None, "it answers as it should");
        return move;
    }
    auto next = in;
    const auto* wave = waves.of(member.service);
    begin_anew(wave, next);
    const bool alone = is_alone(scene, member);
    const bool soaks = alone || (wave != nullptr && wave->soaks);
    if (soaks && scene.multiplexer_is(MultiplexerStage::Wired)) {
        soak(scene, alone ? nullptr : wave, member, std::move(next), move);
        return move;
    }
    next.sampled.reset();
    ask_doubted(scene, member, next, move);
    if (!move.turn) {
        move.keeps(std::move(next));
    }
    return move;
}

}  // namespace wavegate::rollout
