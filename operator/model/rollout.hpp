#pragma once

#include "operator/base/time.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/evidence.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wavegate {

namespace rollout {
class Reducer;
}
namespace store {
class RecordCodec;
}

enum class Phase {
    Pending,     ///< differs from what is desired; not touched yet
    Flipping,    ///< the flip is on its way: intent committed, answer or observation awaited
    Converging,  ///< written; Swarm is bringing it up
    Probing,     ///< converged; 401, direct and through are being asked (also: adopted, unverified)
    Probed,      ///< through passed; soaks with its wave
    Ready,       ///< soaked and passed again
    RollingBack,  ///< the last good block is being put back and verified
    RolledBack,   ///< verified on the last good block
    Stuck,        ///< the way back failed: loud, retried, ended by a person's `accept`
    Failed,       ///< it never ran and there is no way back
    Held,         ///< needs a person or a change of its stack; the reason says which
    Degraded,     ///< was Ready, and does not answer as it should any more; its cause says how
};
std::string_view to_string(Phase phase);

/// Why a member is where it is; printed as it is written.
enum class Reason {
    None,
    WaitingForWave,
    WaitingForGates,
    WaitingForCanary,
    WaitingForSlot,
    WaitingForMultiplexer,
    WaitingForOthers,  ///< portainer-mcp flips last and alone
    WaitingForStore,   ///< it takes no commits: nothing is begun
    BaselineBroken,
    Unverified,
    NeedsPassThrough,
    NoWayBack,
    StackRepoAhead,
    UneditableCompose,
    ChangedByHand,
    ForeignChange,
    Rejected,  ///< tried before with this very spec, and it failed
    GateFailed,
    RejectedBySwarm,
    SharedCause,
    DeadlineExceeded,
    GuardRefused,
    WriteFailed,
    Flapping,  ///< two changes of direction within an hour
    Paused,
    WaveHalted,
    Accepted,
    Foreign,        ///< an object of that name is there, and bears no mark of ours
    EnvUnreadable,  ///< what its env files would bring is not known
    SharedFault,    ///< the watch found a part broken that all services share
    Aborted,        ///< a person had it taken back in mid-flight
    Frozen,         ///< nothing begins for a while (freeze.hpp)
};
std::string_view to_string(Reason reason);

/// Tasks of a service, and since when the same ones have been seen running.
struct Tasks {
    std::string ids;  ///< sorted, joined by commas; empty: none are known to run
    Time since{};
    friend bool operator==(const Tasks&, const Tasks&) = default;
};

/// A move that is ours and unproven, as long as it may still be taken back.
struct Flight {
    /// Found in its mode, whoever brought it there: probed, never flipped, never sent back.
    bool adopted = false;
    std::string intent;  ///< of the flip; empty: adopted, or ours by the mark in its stack's Env
    std::string tried;   ///< hash of block and image; remembered when it is rejected
    Time flipped{};      ///< receipt of the flip
    friend bool operator==(const Flight&, const Flight&) = default;
};

/// Bad answers of what is being asked now; all unset after a good one.
struct Trouble {
    std::optional<Time> since;  ///< the first of them
    ProbeClass seen = ProbeClass::None;
    /// Since when the shared parts are being asked before the service is blamed.
    std::optional<Time> suspect_since;
    friend bool operator==(const Trouble&, const Trouble&) = default;
};

/// Why a service went back, is held or failed. Kept until it is tried again.
struct Cause {
    Reason reason = Reason::None;
    std::string message;  ///< a sentence, no secrets
    bool shared = false;  ///< not the service's own fault: not remembered against it
    friend bool operator==(const Cause&, const Cause&) = default;
};

/// What each phase of a member needs, and nothing else. What is said of it is derived.
namespace state {

struct Pending {
    std::optional<Time> broken_since;  ///< its baseline fails since then
    std::optional<Time> lost_since;    ///< a restart of the multiplexer was asked for it then
    bool told = false;                 ///< that it is broken past its deadline
    friend bool operator==(const Pending&, const Pending&) = default;
};
struct Flipping {
    Flight flight;
    friend bool operator==(const Flipping&, const Flipping&) = default;
};
struct Converging {
    Flight flight;
    Tasks tasks;
    Trouble trouble;
    friend bool operator==(const Converging&, const Converging&) = default;
};
struct Probing {
    Flight flight;
    CheckKind gate = CheckKind::Unauthorized;
    Trouble trouble;
    friend bool operator==(const Probing&, const Probing&) = default;
};
struct Probed {
    Flight flight;
    Duration watched{};  ///< of its soak
    Time soak_since{};   ///< what was seen before it does not count: the last flip, or a gap
    std::optional<Time> sampled;  ///< last good sample; unset after a gap
    Trouble trouble;
    friend bool operator==(const Probed&, const Probed&) = default;
};
struct Ready {
    Flight flight;
    Trouble trouble;
    friend bool operator==(const Ready&, const Ready&) = default;
};
/// Of RollingBack and Stuck.
struct GoingBack {
    Flight flight;
    Cause cause;
    std::string intent;  ///< of the way back; empty: not released yet
    Tasks tasks;
    bool answers = false;             ///< it answers by itself; through is left
    std::optional<Time> silent;       ///< written, and does not answer since then
    std::optional<Time> tried_again;  ///< of Stuck: when it was last shouted
    friend bool operator==(const GoingBack&, const GoingBack&) = default;
};
struct RollingBack {
    GoingBack back;
    friend bool operator==(const RollingBack&, const RollingBack&) = default;
};
struct RolledBack {
    std::string tried;
    Cause cause;
    friend bool operator==(const RolledBack&, const RolledBack&) = default;
};
struct Stuck {
    GoingBack back;
    friend bool operator==(const Stuck&, const Stuck&) = default;
};
struct Failed {
    std::string tried;
    Cause cause;
    friend bool operator==(const Failed&, const Failed&) = default;
};
struct Held {
    Flight flight;
    Cause cause;
    friend bool operator==(const Held&, const Held&) = default;
};
struct Degraded {
    Flight flight;
    Cause cause;
    Trouble trouble;
    friend bool operator==(const Degraded&, const Degraded&) = default;
};

}  // namespace state

/// In the order of Phase.
using MemberState = std::variant<
    state::Pending,
    state::Flipping,
    state::Converging,
    state::Probing,
    state::Probed,
    state::Ready,
    state::RollingBack,
    state::RolledBack,
    state::Stuck,
    state::Failed,
    state::Held,
    state::Degraded>;

/// What the rollout knows of one service. Everything else about it is derived.
struct Member {
    std::string service;
    AuthMode to = AuthMode::Jwt;
    MemberState state;
    Time since{};  ///< of this phase
    /// When what is tried now began: enrolled, turned, retried or flipped. What a person accepted
    /// or a baseline said before it is about something else.
    Time begun{};

    [[nodiscard]] Phase phase() const { return static_cast<Phase>(state.index()); }
    /// Null in phases without one.
    [[nodiscard]] const Flight* flight() const;
    [[nodiscard]] const Cause* cause() const;
    [[nodiscard]] const Trouble* trouble() const;
    [[nodiscard]] const state::GoingBack* going_back() const;
    /// Is it where it is by nobody's flip of ours?
    [[nodiscard]] bool adopted() const;
    template <class State>
    [[nodiscard]] const State* as() const {
        return std::get_if<State>(&state);
    }

    friend bool operator==(const Member&, const Member&) = default;
};

enum class MultiplexerStage {
    Unknown,     ///< not known to run with the outbound env
    Wired,       ///< runs with the outbound env, children as recorded
    Wiring,      ///< written; must converge and show its children again
    Restarting,  ///< a restart is due or under way
    Unwiring,    ///< its Env goes back
    Failed,      ///< halted: see its cause
};
std::string_view to_string(MultiplexerStage stage);

/// What each stage of the multiplexer needs.
namespace stage {

struct Unknown {
    friend bool operator==(const Unknown&, const Unknown&) = default;
};
struct Wired {
    friend bool operator==(const Wired&, const Wired&) = default;
};
struct Wiring {
    std::string intent;
    Tasks tasks;
    friend bool operator==(const Wiring&, const Wiring&) = default;
};
struct Restarting {
    std::string intent;  ///< empty: it is due
    Tasks tasks;
    friend bool operator==(const Restarting&, const Restarting&) = default;
};
struct Unwiring {
    std::string cause;
    std::string intent;  ///< empty: it is due
    Tasks tasks;
    friend bool operator==(const Unwiring&, const Unwiring&) = default;
};
struct Failed {
    std::string cause;
    friend bool operator==(const Failed&, const Failed&) = default;
};

}  // namespace stage

/// In the order of MultiplexerStage.
using MultiplexerState = std::variant<
    stage::Unknown,
    stage::Wired,
    stage::Wiring,
    stage::Restarting,
    stage::Unwiring,
    stage::Failed>;

struct MultiplexerRecord {
    MultiplexerState state;
    Time since{};
    /// Its children that were up before it was wired: what it must show again after a restart.
    std::vector<std::string> children;
    std::vector<Time> restarts;  ///< within the last hour

    [[nodiscard]] MultiplexerStage stage() const {
        return static_cast<MultiplexerStage>(state.index());
    }
    /// Why it failed, or goes back; empty in other stages.
    [[nodiscard]] std::string cause() const;
    friend bool operator==(const MultiplexerRecord&, const MultiplexerRecord&) = default;
};

/// What the watch found broken that all services share: a gate, the multiplexer, a policy. It is
/// told instead of what it does to each of them.
struct SharedFault {
    std::string part;        ///< "keycloak", "policies", "multiplexer", "through", "services"
    std::string message;     ///< a headline: what is broken, and how
    Time since{};            ///< of the first answer that was bad
    bool confirmed = false;  ///< it was asked again, and is bad still

    friend bool operator==(const SharedFault&, const SharedFault&) = default;
};

/// The data of a record, for those who store it. A value like any other: what stands in a
/// RolloutRecord is written by the reducer alone.
struct RolloutFields {
    std::string id;        ///< unique; empty: none yet
    std::string revision;  ///< newest commit with that digest
    std::string digest;
    Time started{};
    std::uint64_t heard = 0;      ///< how many words of the ledger it has taken in
    std::vector<Member> members;  ///< in wave order, then by name
    MultiplexerRecord multiplexer;
    std::string canary;  ///< service that went first
    bool canary_done = false;
    /// service → hash of what was rejected; outlives commits that do not change it.
    std::map<std::string, std::string> rejected;
    /// service → its last changes of direction, for Flapping.
    std::map<std::string, std::vector<Time>> turns;
    /// service → every tool name it was seen to list; a shorter list never shortens it.
    std::map<std::string, std::vector<std::string>> seen_tools;
    /// Set while shared parts are bad; good since, once they answer again.
    std::optional<Time> shared_bad;
    std::optional<Time> shared_good;
    std::optional<Time> finished;
    /// By part; what the watch has found and not yet seen mended.
    std::vector<SharedFault> faults;
    friend bool operator==(const RolloutFields&, const RolloutFields&) = default;
};

/// One desired revision on its way into the fleet. Waves' phases and counts are derived. Everybody
/// may read and copy it; only the planner's reducer and the store's codec can write one, which the
/// compiler checks.
class RolloutRecord {
  public:
    RolloutRecord() = default;
    // One that was moved from would have no fields: a move is a copy, which costs no more.
    RolloutRecord(const RolloutRecord&) = default;
    RolloutRecord& operator=(const RolloutRecord&) = default;

    [[nodiscard]] const std::string& id() const { return fields_->id; }
    [[nodiscard]] const std::string& revision() const { return fields_->revision; }
    [[nodiscard]] const std::string& digest() const { return fields_->digest; }
    [[nodiscard]] Time started() const { return fields_->started; }
    [[nodiscard]] std::uint64_t heard() const { return fields_->heard; }
    [[nodiscard]] const std::vector<Member>& members() const { return fields_->members; }
    [[nodiscard]] const Member* member(const std::string& service) const;
    [[nodiscard]] const MultiplexerRecord& multiplexer() const { return fields_->multiplexer; }
    [[nodiscard]] const std::string& canary() const { return fields_->canary; }
    [[nodiscard]] bool canary_done() const { return fields_->canary_done; }
    [[nodiscard]] const auto& rejected() const { return fields_->rejected; }
    [[nodiscard]] const auto& turns() const { return fields_->turns; }
    [[nodiscard]] const auto& seen_tools() const { return fields_->seen_tools; }
    [[nodiscard]] const auto& shared_bad() const { return fields_->shared_bad; }
    [[nodiscard]] const auto& shared_good() const { return fields_->shared_good; }
    [[nodiscard]] const auto& finished() const { return fields_->finished; }
    [[nodiscard]] const std::vector<SharedFault>& faults() const { return fields_->faults; }
    [[nodiscard]] const RolloutFields& fields() const { return *fields_; }
    friend bool operator==(const RolloutRecord& a, const RolloutRecord& b) {
        return a.fields_ == b.fields_ || *a.fields_ == *b.fields_;
    }

  private:
    friend class rollout::Reducer;
    friend class store::RecordCodec;
    /// Shared by copies: who writes one writes into fields of its own.
    std::shared_ptr<const RolloutFields> fields_ = std::make_shared<const RolloutFields>();
};

enum class WavePhase { Waiting, Progressing, Soaking, Complete, CompleteWithExceptions, Halted };
std::string_view to_string(WavePhase phase);

}  // namespace wavegate
