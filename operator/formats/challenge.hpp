#pragma once

#include <string_view>

namespace wavegate::formats {

/// Is a challenge of this scheme in a WWW-Authenticate field (RFC 9110 §11.6.1)? One field may hold
/// several, each with parameters of its own; scheme names are compared without case, and what is
/// quoted is no challenge.
bool has_challenge(std::string_view field, std::string_view scheme);

}  // namespace wavegate::formats
