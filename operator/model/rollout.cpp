#include "operator/model/rollout.hpp"

#include <algorithm>

namespace wavegate {
const Flight* Member::flight() const {
    return std::visit(
        [](const auto& in) -> const Flight* {
            if constexpr (requires { in.flight; }) {
                return &in.flight;
            } else if constexpr (requires { in.back.flight; }) {
                return &in.back.flight;
            } else {
                return nullptr;
            }
        },
        state);
}

const Cause* Member::cause() const {
    return std::visit(
        [](const auto& in) -> const Cause* {
            if constexpr (requires { in.cause; }) {
                return &in.cause;
            } else if constexpr (requires { in.back.cause; }) {
                return &in.back.cause;
            } else {
                return nullptr;
            }
        },
        state);
}

const Trouble* Member::trouble() const {
    return std::visit(
        [](const auto& in) -> const Trouble* {
            if constexpr (requires { in.trouble; }) {
                return &in.trouble;
            } else {
                return nullptr;
            }
        },
        state);
}

const state::GoingBack* Member::going_back() const {
    if (const auto* back = as<state::RollingBack>()) {
        return &back->back;
    }
    const auto* stuck = as<state::Stuck>();
    return stuck == nullptr ? nullptr : &stuck->back;
}

bool Member::adopted() const {
    const auto* flown = flight();
    return flown != nullptr && flown->adopted;
}

std::string MultiplexerRecord::cause() const {
    return std::visit(
        [](const auto& in) -> std::string {
            if constexpr (requires { in.cause; }) {
                return in.cause;
            } else {
                return {};
            }
        },
        state);
}

const Member* RolloutRecord::member(const std::string& service) const {
    const auto& members = fields_->members;
    const auto at = std::find_if(
        members.begin(), members.end(), [&](const Member& m) { return m.service == service; });
    return at == members.end() ? nullptr : &*at;
}

static_assert(std::variant_size_v<MemberState> == static_cast<std::size_t>(Phase::Degraded) + 1);
static_assert(
    std::variant_size_v<MultiplexerState> ==
    static_cast<std::size_t>(MultiplexerStage::Failed) + 1);

}  // namespace wavegate
