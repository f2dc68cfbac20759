#pragma once

#include "operator/model/permit.hpp"

#include <optional>
#include <string>
#include <utility>

namespace wavegate::guard {

/// Stands where the real guard would: signs anything. Programs that link the guard must not
/// include this (one definition rule).
class Judge {
  public:
    static Permit sign(std::string edit, Write write, std::optional<Mono> good_until) {
        return {std::move(edit), std::move(write), good_until, std::nullopt};
    }
};

}  // namespace wavegate::guard

namespace wavegate::testing {

/// A permit for a write, without a judgement.
inline Permit
permit(Write write, std::string edit = "edit-1", std::optional<Mono> good_until = std::nullopt) {
    return guard::Judge::sign(std::move(edit), std::move(write), good_until);
}

}  // namespace wavegate::testing
