#pragma once

#include "operator/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::settings {

/// Which references the desired state may use; `*` stands for any run of characters.
struct ReferenceRule {
    std::string pattern;  ///< "env:KC_SECRET", "file:/run/secrets/*"
    std::string host;     ///< the only host it may be sent to; empty: the first that asks
};

/// "env:NAME", "file:/path" or "openbao:mount/path#key"?
bool is_reference(std::string_view text);
/// Does `text` fit a pattern with `*`?
bool fits(std::string_view pattern, std::string_view text);
/// What is wrong with a rule; empty: nothing.
std::string fault_of(const ReferenceRule& rule);
/// "REF,REF@HOST". Invalid: an entry is no rule.
Result<std::vector<ReferenceRule>> parse_rules(std::string_view list);
/// The items of "a, b,c", trimmed.
std::vector<std::string> items_of_list(std::string_view list);

}  // namespace wavegate::settings
