#pragma once

#include "tests/real/support/openbao_server.hpp"

namespace wavegate::testing {

/// The server that this program's tests share, started by the first of them: with raft storage, or
/// in memory when WAVEGATE_BAO_STORAGE is "dev". Null when it is not installable here.
OpenBaoServer* running_openbao();

}  // namespace wavegate::testing
