#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wavegate::desired {

/// The first `{…}` of a text that is none of `known`, which are named without their braces; as it
/// stands there, to the end where it is never closed. Empty when there is none.
std::string unknown_placeholder(std::string_view text, std::span<const std::string_view> known);

}  // namespace wavegate::desired
