#pragma once

#include "operator/model/permit.hpp"

#include <string>
#include <utility>

namespace wavegate::guard {

/// Stands where the real guard would: signs anything. Programs that link the guard must not
/// include this (one definition rule).
class Judge {
  public:
    static Permit sign(std::string edit, Write write) {
        return {std::move(edit), std::move(write)};
    }
};

}  // namespace wavegate::guard

namespace wavegate::testing {

/// A permit for a write, without a judgement.
inline Permit permit(Write write, std::string edit = "edit-1") {
    return guard::Judge::sign(std::move(edit), std::move(write));
}

}  // namespace wavegate::testing
