#pragma once

#include "operator/client/sandbox_options.hpp"

#include <iosfwd>

namespace wavegate::sandbox {

/// Serves an emulated fleet on loopback until SIGINT or SIGTERM. Says on `out` where, once its
/// containers listen. The exit code: 1 where a file or the port stands in the way, told on `error`.
int serve_sandbox(const client::SandboxOptions& options, std::ostream& out, std::ostream& error);

}  // namespace wavegate::sandbox
