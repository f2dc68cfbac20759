#pragma once

#include "operator/base/result.hpp"
#include "operator/settings/config.hpp"

namespace wavegate::settings {

/// May the API be served on `config.listen`? Invalid, with the lines to write, where other machines
/// reach the address and no token is set: what is read openly there tells a stranger all about the
/// fleet.
Result<void> may_listen(const Config& config);

}  // namespace wavegate::settings
