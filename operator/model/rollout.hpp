#pragma once

#include "operator/base/time.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/evidence.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

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
    NotDeployed,
    Flapping,  ///< two changes of direction within an hour
    Paused,
    WaveHalted,
    Accepted,
    Foreign,        ///< an object of that name is there, and bears no mark of ours
    EnvUnreadable,  ///< what its env files would bring is not known
};
std::string_view to_string(Reason reason);

/// What the rollout knows of one service. Everything else about it is derived.
struct Member {
    std::string service;
    AuthMode to = AuthMode::Jwt;
    Phase phase = Phase::Pending;
    Reason reason = Reason::None;
    std::string message;   ///< a sentence, no secrets
    std::string cause;     ///< what sent it back; kept until it is tried again
    Time since{};          ///< of this phase
    bool adopted = false;  ///< was in the desired mode already: probed, never flipped
    std::string tried;     ///< hash of what the flip set; remembered when it is rejected
    std::string intent;    ///< the flip or way back in force
    Time flipped{};        ///< receipt of the flip
    /// Convergence: the running task ids and since when they have been the same.
    std::string tasks;
    Time tasks_since{};
    /// First bad answer of the gate that is being asked now; unset after a good one.
    std::optional<Time> bad_since;
    ProbeClass bad = ProbeClass::None;
    CheckKind asking = CheckKind::Unauthorized;
    /// Soak: watched time, and the last good sample (unset after a gap or a restart).
    Duration watched{};
    std::optional<Time> sampled;
    /// Past its patience: the shared parts are being asked before it is blamed.
    std::optional<Time> suspect_since;
    bool shared_cause = false;  ///< what failed was not its fault: not remembered

    friend bool operator==(const Member&, const Member&) = default;
};

enum class MultiplexerStage {
    Unknown,
    Wired,       ///< runs with the outbound env, children as recorded
    Wiring,      ///< written; must converge and show its tools again
    Restarting,  ///< a restart is due or under way
    Unwiring,    ///< its Env goes back
    Failed,      ///< halted: see reason
};
std::string_view to_string(MultiplexerStage stage);

struct MultiplexerRecord {
    MultiplexerStage stage = MultiplexerStage::Unknown;
    Time since{};
    std::string intent;
    std::string message;
    /// The tools it listed before it was wired, by name; what a restart must show again.
    std::vector<std::string> tools;
    /// Tasks and since when, as for members.
    std::string tasks;
    Time tasks_since{};
    std::vector<Time> restarts;  ///< within the last hour

    friend bool operator==(const MultiplexerRecord&, const MultiplexerRecord&) = default;
};

/// One desired revision on its way into the fleet. Waves' phases and counts are derived.
struct RolloutRecord {
    std::string id;        ///< hash of fleet and desired digest; empty: none yet
    std::string revision;  ///< newest commit with that digest
    std::string digest;
    Time started{};
    bool paused = false;
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
    /// A person's word: services whose failure is accepted.
    std::vector<std::string> accepted;
    std::optional<Time> finished;

    [[nodiscard]] const Member* member(const std::string& service) const;
    [[nodiscard]] Member* member(const std::string& service);
    friend bool operator==(const RolloutRecord&, const RolloutRecord&) = default;
};

enum class WavePhase { Waiting, Progressing, Soaking, Complete, CompleteWithExceptions, Halted };
std::string_view to_string(WavePhase phase);

}  // namespace wavegate
