#include "reconcilers/rollout/stages.hpp"

#include <array>
#include <cstddef>

namespace wavegate::rollout {
namespace {

constexpr std::size_t kStages = 6;
constexpr bool kYes = true;
constexpr bool k__ = false;

// clang-format off
constexpr std::array<std::array<bool, kStages>, kStages> kTable{{
    //                 Unknown Wired Wiring Restarting Unwiring Failed
    /* Unknown */    {{k__,    kYes, kYes,  k__,       k__,     k__}},
    /* Wired */      {{kYes,   k__,  k__,   kYes,      k__,     k__}},
    /* Wiring */     {{kYes,   kYes, k__,   k__,       kYes,    k__}},
    /* Restarting */ {{k__,    kYes, k__,   k__,       k__,     kYes}},
    /* Unwiring */   {{k__,    k__,  k__,   k__,       k__,     kYes}},
    /* Failed */     {{k__,    k__,  k__,   k__,       k__,     k__}},
}};
// clang-format on

static_assert(static_cast<std::size_t>(MultiplexerStage::Failed) + 1 == kStages);

}  // namespace

bool may_become(MultiplexerStage from, MultiplexerStage to) {
    return kTable.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

}  // namespace wavegate::rollout
