#pragma once

#include "operator/base/result.hpp"

#include <set>
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
    std::string fallback;  ///< of Default: text, whatever `$` stands in it
};

/// Takes `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:?e}`, `${V?e}` and `$$` apart as Docker's CLI
/// does, traps included: `$V-d` without braces has a default too, up to the next `}`; a default
/// ends at the first `}` and nothing in it is put in; `${V:?a-b}` is a variable named `V:?a` whose
/// default is `b`. Invalid: any other `$`, as in `${V:+a}`; Docker deploys no such file.
Result<std::vector<ValuePart>> split_variables(std::string_view text);

/// Every variable that some server might put into the text: also those that stand in defaults,
/// which Docker's CLI takes for text and other readers don't.
std::set<std::string> variables_in(std::string_view text);

/// A letter or `_`: what the name of a variable begins with.
bool starts_name(char c);

/// `[A-Za-z_][A-Za-z0-9_]*`
bool is_variable_name(std::string_view text);

}  // namespace wavegate::formats
