// Enumerators as people read them: in status, events and logs.
#include "operator/model/evidence.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/revision.hpp"
#include "operator/model/rollout.hpp"
#include "operator/model/step.hpp"
#include "operator/model/vocabulary.hpp"

#include <algorithm>
#include <array>

namespace wavegate {
namespace {

template <class Enum, std::size_t N>
std::string_view name_of(Enum value, const std::array<std::string_view, N>& names) {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? names[index] : std::string_view("Unknown");
}

template <class Enum, std::size_t N>
std::optional<Enum> find(std::string_view name, const std::array<std::string_view, N>& names) {
    const auto at = std::find(names.begin(), names.end(), name);
    return at == names.end() ? std::nullopt : std::optional(static_cast<Enum>(at - names.begin()));
}

constexpr std::array<std::string_view, 11> kChecks{
    "Token",
    "Policy",
    "Baseline",
    "Converged",
    "Unauthorized",
    "Direct",
    "Through",
    "Open",
    "Soak",
    "Children",
    "Canary"};
constexpr std::array<std::string_view, 3> kVerdicts{"Pass", "Fail", "Unknown"};
constexpr std::array<std::string_view, 16> kClasses{
    "None",
    "Enforcing",
    "Open",
    "WrongPath",
    "Down",
    "Parked",
    "TokenRefused",
    "PolicyDenied",
    "PolicyServerUnreachable",
    "SharedCause",
    "OwnCredential",
    "NotMcp",
    "ToolFailed",
    "Converging",
    "RolledBackBySwarm",
    "ForeignChange"};
constexpr std::array<std::string_view, 12> kPhases{
    "Pending",
    "Flipping",
    "Converging",
    "Probing",
    "Probed",
    "Ready",
    "RollingBack",
    "RolledBack",
    "Stuck",
    "Failed",
    "Held",
    "Degraded"};
constexpr std::array<std::string_view, 32> kReasons{
    "None",
    "WaitingForWave",
    "WaitingForGates",
    "WaitingForCanary",
    "WaitingForSlot",
    "WaitingForMultiplexer",
    "WaitingForOthers",
    "WaitingForStore",
    "BaselineBroken",
    "Unverified",
    "NeedsPassThrough",
    "NoWayBack",
    "StackRepoAhead",
    "UneditableCompose",
    "ChangedByHand",
    "ForeignChange",
    "Rejected",
    "GateFailed",
    "RejectedBySwarm",
    "SharedCause",
    "DeadlineExceeded",
    "GuardRefused",
    "WriteFailed",
    "Flapping",
    "Paused",
    "WaveHalted",
    "Accepted",
    "Foreign",
    "EnvUnreadable",
    "SharedFault",
    "Aborted",
    "Frozen"};
constexpr std::array<std::string_view, 6>
    kStages{"Unknown", "Wired", "Wiring", "Restarting", "Unwiring", "Failed"};
constexpr std::array<std::string_view, 6> kWavePhases{
    "Waiting",
    "Progressing",
    "Soaking",
    "Complete",
    "CompleteWithExceptions",
    "Halted"};
constexpr std::array<std::string_view, 5> kStandings{
    "Converged",
    "Moving",
    "Halted",
    "Awaited",
    "Blind"};
constexpr std::array<std::string_view, 7>
    kIntentStates{"Open", "Written", "Lost", "Failed", "Refused", "Adopted", "Dropped"};

constexpr std::array<std::string_view, 5> kAncestries{
    "First",
    "Same",
    "Descends",
    "Diverged",
    "Unknown"};

static_assert(static_cast<std::size_t>(CheckKind::Canary) + 1 == kChecks.size());
static_assert(static_cast<std::size_t>(Verdict::Unknown) + 1 == kVerdicts.size());
static_assert(static_cast<std::size_t>(Ancestry::Unknown) + 1 == kAncestries.size());
static_assert(static_cast<std::size_t>(ProbeClass::ForeignChange) + 1 == kClasses.size());
static_assert(static_cast<std::size_t>(Phase::Degraded) + 1 == kPhases.size());
static_assert(static_cast<std::size_t>(Reason::Frozen) + 1 == kReasons.size());
static_assert(static_cast<std::size_t>(MultiplexerStage::Failed) + 1 == kStages.size());
static_assert(static_cast<std::size_t>(WavePhase::Halted) + 1 == kWavePhases.size());
static_assert(static_cast<std::size_t>(Standing::Blind) + 1 == kStandings.size());
static_assert(static_cast<std::size_t>(IntentState::Dropped) + 1 == kIntentStates.size());

}  // namespace

std::string_view to_string(CheckKind kind) {
    return name_of(kind, kChecks);
}
std::string_view to_string(Verdict verdict) {
    return name_of(verdict, kVerdicts);
}
std::string_view to_string(ProbeClass seen) {
    return name_of(seen, kClasses);
}
std::string_view to_string(Phase phase) {
    return name_of(phase, kPhases);
}
std::string_view to_string(Reason reason) {
    return name_of(reason, kReasons);
}
std::string_view to_string(MultiplexerStage stage) {
    return name_of(stage, kStages);
}
std::string_view to_string(WavePhase phase) {
    return name_of(phase, kWavePhases);
}
std::string_view to_string(Standing standing) {
    return name_of(standing, kStandings);
}
std::string_view to_string(IntentState state) {
    return name_of(state, kIntentStates);
}
std::string_view to_string(Ancestry ancestry) {
    return name_of(ancestry, kAncestries);
}

template <>
std::optional<CheckKind> enumerator_of(std::string_view name) {
    return find<CheckKind>(name, kChecks);
}
template <>
std::optional<Verdict> enumerator_of(std::string_view name) {
    return find<Verdict>(name, kVerdicts);
}
template <>
std::optional<ProbeClass> enumerator_of(std::string_view name) {
    return find<ProbeClass>(name, kClasses);
}
template <>
std::optional<Reason> enumerator_of(std::string_view name) {
    return find<Reason>(name, kReasons);
}
template <>
std::optional<IntentState> enumerator_of(std::string_view name) {
    return find<IntentState>(name, kIntentStates);
}
template <>
std::optional<Ancestry> enumerator_of(std::string_view name) {
    return find<Ancestry>(name, kAncestries);
}
template <>
std::optional<Verb> enumerator_of(std::string_view name) {
    return verb_of(name);
}
template <>
std::optional<AuthMode> enumerator_of(std::string_view name) {
    for (const auto mode : {AuthMode::None, AuthMode::Jwt}) {
        if (name == to_string(mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

}  // namespace wavegate
