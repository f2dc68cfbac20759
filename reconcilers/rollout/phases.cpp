#include "reconcilers/rollout/phases.hpp"

namespace wavegate::rollout {
namespace {

using Row = std::array<Cell, kHappenings>;
using Table = std::array<Row, kPhases>;

constexpr Cell to(Phase next) {
    return {Cell::Kind::Move, next};
}
constexpr Cell kIgnore{Cell::Kind::Ignore, Phase::Pending};
constexpr Cell kNever{Cell::Kind::Impossible, Phase::Pending};
constexpr Cell kBack = to(Phase::RollingBack);
constexpr Cell kHeld = to(Phase::Held);
constexpr Cell kPending = to(Phase::Pending);

// clang-format off
constexpr Table kTable{{
    //               Released             Written                NotWritten WriteFailed Converged           Passed              Failed    Soaked            BackVerified           BackFailed         NoWayBack          HandChanged Restarted            Retargeted Retried   Accepted  Kept LandedLate Broke Recovered Aborted
    /* Pending */     Row{to(Phase::Flipping), kNever,                kIgnore,   kIgnore,    to(Phase::Probing), kNever,             kIgnore,  kNever,           kNever,                kNever,            kIgnore,           kIgnore,    kIgnore,             kPending,  kPending, kIgnore, kIgnore, kBack, kNever, kNever, kIgnore},
    /* Flipping */    Row{kNever,              to(Phase::Converging), kPending,  kBack,      kIgnore,            kNever,             kBack,    kNever,           kNever,                kNever,            to(Phase::Failed), kIgnore,    kIgnore,             kIgnore,   kIgnore,  kIgnore, kHeld, kNever, kNever, kNever, kIgnore},
    /* Converging */  Row{kNever,              kIgnore,               kIgnore,   kBack,      to(Phase::Probing), kNever,             kBack,    kNever,           kNever,                kNever,            to(Phase::Failed), kHeld,      kIgnore,             kPending,  kIgnore,  kIgnore, kHeld, kIgnore, kNever, kNever, kBack},
    /* Probing */     Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            to(Phase::Probed),  kBack,    kNever,           kNever,                kNever,            to(Phase::Failed), kHeld,      to(Phase::Converging), kPending,  kIgnore,  kIgnore, kHeld, kIgnore, kNever, kNever, kBack},
    /* Probed */      Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kBack,    to(Phase::Ready), kNever,                kNever,            to(Phase::Failed), kHeld,      to(Phase::Converging), kPending,  kIgnore,  kIgnore, kHeld, kIgnore, kIgnore, kIgnore, kBack},
    /* Ready */       Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kIgnore,          kNever,                kNever,            kIgnore,           kHeld,      to(Phase::Converging), kPending,  kIgnore,  kIgnore, kIgnore, kIgnore, to(Phase::Degraded), kIgnore, kIgnore},
    /* RollingBack */ Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kNever,           to(Phase::RolledBack), to(Phase::Stuck),  to(Phase::Failed), kIgnore,    kIgnore,             kIgnore,   kIgnore,  kIgnore, kIgnore, kIgnore, kNever, kNever, kIgnore},
    /* RolledBack */  Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kNever,           kIgnore,               kNever,            kIgnore,           kHeld,      kIgnore,             kPending,  kPending, kIgnore, kIgnore, kIgnore, kNever, kNever, kIgnore},
    /* Stuck */       Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kNever,           to(Phase::RolledBack), kIgnore,           to(Phase::Failed), kIgnore,    kIgnore,             kIgnore,   kBack,    to(Phase::RolledBack), kIgnore, kIgnore, kNever, kNever, kIgnore},
    /* Failed */      Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kNever,           kIgnore,               kIgnore,           kIgnore,           kHeld,      kIgnore,             kPending,  kPending, to(Phase::RolledBack), kIgnore, kIgnore, kNever, kNever, kIgnore},
    /* Held */        Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kNever,           kIgnore,               kNever,            kIgnore,           kIgnore,    kIgnore,             kPending,  kPending, kPending, kIgnore, kIgnore, kNever, kNever, kIgnore},
    /* Degraded */    Row{kNever,              kIgnore,               kIgnore,   kIgnore,    kIgnore,            kIgnore,            kIgnore,  kIgnore,          kNever,                kNever,            kIgnore,           kHeld,      to(Phase::Converging), kPending,  kIgnore,  kIgnore, kIgnore, kIgnore, kIgnore, to(Phase::Ready), kIgnore},
}};
// clang-format on

constexpr std::array<std::string_view, kHappenings> kNames{
    "Released",  "Written",    "NotWritten",   "WriteFailed", "Converged", "Passed",
    "Failed",    "Soaked",     "BackVerified", "BackFailed",  "NoWayBack", "HandChanged",
    "Restarted", "Retargeted", "Retried",      "Accepted",    "Kept",      "LandedLate",
    "Broke",     "Recovered",  "Aborted"};

static_assert(static_cast<std::size_t>(Phase::Degraded) + 1 == kPhases);
static_assert(static_cast<std::size_t>(Happening::Aborted) + 1 == kHappenings);

}  // namespace

std::string_view to_string(Happening happening) {
    return kNames.at(static_cast<std::size_t>(happening));
}

const Cell& cell(Phase phase, Happening happening) {
    return kTable.at(static_cast<std::size_t>(phase)).at(static_cast<std::size_t>(happening));
}

bool in_motion(Phase phase) {
    return phase == Phase::Flipping || phase == Phase::Converging || phase == Phase::Probing;
}

bool settled(Phase phase) {
    return phase == Phase::Ready || phase == Phase::RolledBack || phase == Phase::Failed ||
           phase == Phase::Held || phase == Phase::Degraded;
}

}  // namespace wavegate::rollout
