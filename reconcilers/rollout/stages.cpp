#include "reconcilers/rollout/stages.hpp"

#include <array>
#include <cstddef>

namespace wavegate::rollout {
namespace {

constexpr std::size_t kStages = 6;
constexpr bool kYes = true;
constexpr bool kNo = false;

// clang-format off
constexpr std::array<std::array<bool, kStages>, kStages> kTable{{
    //                 Unknown Wired Wiring Restarting Unwiring Failed
    /* Unknown */    {{kNo,    kYes, kYes,  kNo,       kNo,     kNo}},
    /* Wired */      {{kYes,   kNo,  kNo,   kYes,      kNo,     kNo}},
    /* Wiring */     {{kYes,   kYes, kNo,   kYes,      kYes,    kNo}},
    /* Restarting */ {{kNo,    kYes, kNo,   kNo,       kNo,     kYes}},
    /* Unwiring */   {{kNo,    kNo,  kNo,   kNo,       kNo,     kYes}},
    /* Failed */     {{kNo,    kNo,  kNo,   kNo,       kNo,     kNo}},
}};
// clang-format on

static_assert(static_cast<std::size_t>(MultiplexerStage::Failed) + 1 == kStages);

}  // namespace

bool may_become(MultiplexerStage from, MultiplexerStage to) {
    return kTable.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

}  // namespace wavegate::rollout
