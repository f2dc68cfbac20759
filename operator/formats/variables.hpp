#pragma once

#include "operator/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// A stretch of a compose value: literal text, or one variable.
struct ValuePart {
    /// What stands where the variable is unset; with `or_empty`, where it is empty too.
    enum class Otherwise { Nothing, Default, Failure };

    std::string literal;   ///< unescaped; only where `variable` is empty
    std::string variable;  ///< its name
    Otherwise otherwise = Otherwise::Nothing;
    bool or_empty = false;
    std::string fallback;  ///< of Default
};

/// Takes `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:?e}`, `${V?e}` and `$$` apart (portainer.md,
/// trap 13). Invalid: any other `$`, and variables within a default, which the two generations
/// of the server read differently.
Result<std::vector<ValuePart>> split_variables(std::string_view text);

/// A letter or `_`: what the name of a variable begins with.
bool starts_name(char c);

}  // namespace wavegate::formats
