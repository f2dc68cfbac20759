#pragma once

#include "reconcilers/rollout/move.hpp"
#include "reconcilers/rollout/scene.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace wavegate::rollout {

/// What the multiplexer's step says, as a value; like Move.
struct MultiplexerMove {
    std::optional<MultiplexerState> turn;
    std::string message;                    ///< of the turn's event
    std::optional<MultiplexerState> stays;  ///< the same stage, with what was learned in it
    std::optional<std::vector<std::string>> children;
    std::string hold;  ///< what it waits for; empty: nothing
    std::vector<Question> ask;
    std::optional<Edit> release;  ///< the reducer puts its intent into the state
    bool undone = false;          ///< the last restart was not written, and does not count
    std::optional<Duration> look;
    std::optional<Duration> again;  ///< as Move says

    MultiplexerMove& turns(MultiplexerState next, std::string why) {
        turn = std::move(next);
        message = std::move(why);
        return *this;
    }
    MultiplexerMove& waits(std::string what) {
        hold = std::move(what);
        return *this;
    }
    MultiplexerMove& asks(CheckKind kind, std::string subject, AuthMode mode = AuthMode::Jwt) {
        ask.push_back({kind, std::move(subject), mode, false});
        return *this;
    }
    MultiplexerMove& looks(Duration from_now) {
        look = look ? std::min(*look, from_now) : from_now;
        return *this;
    }
    MultiplexerMove& decides(Duration from_now) {
        again = again ? std::min(*again, from_now) : from_now;
        return *this;
    }
};

/// The one writer of records. It takes moves, which are values, holds them against the tables of
/// phases and stages, grants claims, and gathers what the step says. A turn that its table does not
/// know leaves everything as it is, is an event `InternalError`, and lets no flip begin.
///
/// A step is made of rounds: each looks at the scene as the one before left it, and the last one
/// changes nothing. What is asked, held and waited for is what the last round said.
class Reducer {
  public:
    Reducer(
        const DesiredState& desired,
        const Observed& observed,
        const Diff& diff,
        const RolloutRecord& record,
        const Ledger& ledger,
        Time now);
    Reducer(const Reducer&) = delete;
    Reducer& operator=(const Reducer&) = delete;

    [[nodiscard]] const Scene& scene() const { return scene_; }
    [[nodiscard]] const RolloutRecord& record() const { return step_.next; }
    [[nodiscard]] bool is_sound() const { return sound_; }
    /// What was said of whom in this round.
    [[nodiscard]] const std::map<std::string, Hold>& holds() const { return step_.holds; }

    /// Is an env sync among what this step releases?
    [[nodiscard]] bool releases_env_sync() const;
    void begin_round();
    /// Did anything turn, settle or get released since the round began?
    [[nodiscard]] bool changed() const { return changed_; }
    Step take();
    /// Where all of it stands, for people (waves.hpp, standing.hpp).
    void conclude(
        Standing standing,
        std::map<std::string, WavePhase> waves,
        std::vector<std::string> excepted);

    // -- the rollout
    /// A new digest is a new rollout, which inherits what is in motion. Was there one?
    bool supersede();
    void enlist(Member member);
    /// One that was not touched yet, as it is found under another revision.
    void find_anew(const Member& member, Member found);
    /// Strikes those off who are no members any more, and puts the rest in this order.
    void muster(
        const std::function<bool(const Member&)>& leaves,
        const std::function<bool(const Member&, const Member&)>& before);
    void learn_tools(const std::string& service, std::vector<std::string> tools);
    void make_canary(const std::string& service);
    void end_canary();
    void shared_parts_answer(bool good);
    void finish(bool done, const std::string& message);
    /// A part that all share is broken for certain, or (unconfirmed) was bad once and is asked
    /// again. Confirmed, it is an event of that object.
    void raise_fault(SharedFault fault, const std::string& object);
    /// The part is well. An event says so when it had been told to be broken.
    void end_fault(std::string_view part, const std::string& object);
    void forget_faults();

    // -- members and the multiplexer
    void take(const Member& member, const Move& move);
    void take(const MultiplexerMove& move);
    /// Towards another mode, by a newer commit.
    void turn_to(const Member& member, AuthMode mode, const std::string& message);

    // -- what the step says
    void ask(const Question& question);
    /// Releases an edit and returns the id of its intent.
    std::string release(const Edit& edit);
    void wait(Wait wait);
    void hold(const std::string& object, Hold hold);
    void event(std::string kind, std::string object, std::string reason, std::string message);
    /// An event of what goes as it should: nothing else is to be looked at than before.
    void good_news(std::string object, std::string reason, std::string message);
    /// At Swarm, and then decide again.
    void look(Duration from_now);
    /// Decides again by what was seen last.
    void decide_again(Duration from_now);

    /// What people said since the record heard them last; before anything is decided.
    void hear_words();

    /// Everything that waits moved on by the time in which nobody watched.
    static RolloutRecord moved_on(const RolloutRecord& record, Duration by);

  private:
    [[nodiscard]] RolloutFields& fields() { return *fields_; }
    /// The member of the record that this is.
    [[nodiscard]] Member& own(const Member& member);
    bool is_allowed(const Member& member, const Turn& turn);
    /// False: the table does not know that.
    bool turn(Member& member, const Turn& turn);
    void remember(const Member& member, const Turn& turn);
    static void put_intent(Member& member, const std::string& intent);
    bool turn(MultiplexerRecord& record, const MultiplexerMove& move);
    void note_restart(MultiplexerRecord& record, const MultiplexerMove& move);
    void tell(const MultiplexerRecord& record, const std::string& what);
    void grant(Claim claim);
    void hear(const Word& word);
    void retry(Member& member, Time at);
    static void accept(Member& member, Time at);
    void internal_error(const std::string& object, const std::string& message);

    const DesiredState& desired_;
    RolloutRecord before_;
    Time now_;
    Step step_;
    RolloutFields* fields_;  ///< of its record, which is this reducer's alone until `take`
    Differences differences_;
    std::map<std::string, std::string> released_;
    std::map<std::string, Intent> settled_;
    Scene scene_;
    bool sound_ = true;
    bool changed_ = false;
};

}  // namespace wavegate::rollout
