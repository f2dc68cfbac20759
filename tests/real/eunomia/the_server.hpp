#pragma once

#include "tests/real/support/eunomia_server.hpp"

namespace wavegate::contract {

/// One server for the whole program, started when it is first asked for: tests wipe it. nullptr
/// when it is not installed here.
testing::EunomiaServer* the_eunomia();

}  // namespace wavegate::contract
