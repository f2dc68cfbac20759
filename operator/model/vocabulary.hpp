#pragma once

#include <optional>
#include <string_view>

namespace wavegate {

/// The enumerator whose `to_string` is this name: the way back of what was written by it. Nothing:
/// no word of that vocabulary. Of CheckKind, Verdict, ProbeClass, Reason, IntentState, AuthMode,
/// Verb and Ancestry.
template <class Enum>
std::optional<Enum> enumerator_of(std::string_view name);

}  // namespace wavegate
