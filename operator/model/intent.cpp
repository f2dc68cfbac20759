#include "operator/model/intent.hpp"

namespace wavegate {

Intent intent_of(const Edit& edit, Time now) {
    Intent intent;
    intent.id = edit.intent;
    intent.edit = edit.id;
    intent.target = edit.target;
    intent.rollout = edit.rollout;
    intent.at = now;
    intent.kind = edit.kind();
    if (const auto* stack = edit.stack()) {
        intent.service = stack->service;
        intent.to = stack->to;
        intent.block_before = canonical(stack->block_before);
        intent.block_after = canonical(stack->block_after);
    }
    if (const auto* restart = edit.restart()) {
        intent.service = restart->service;
    }
    return intent;
}

}  // namespace wavegate
