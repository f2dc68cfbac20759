#pragma once

#include <string_view>

namespace wavegate::sandbox {

/// Fixed private RSA keys (2048 bits, PEM) of the emulated identity provider, so that a seed
/// gives the same tokens on every run. Public, hence worthless anywhere else. `n` is 0 or 1; any
/// other number wraps around.
std::string_view signing_key_pem(int n);

}  // namespace wavegate::sandbox
