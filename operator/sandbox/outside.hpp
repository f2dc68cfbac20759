#pragma once

#include "operator/base/task.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/transport.hpp"

namespace wavegate::sandbox {

/// What an emulated program has of the world around it. All of it outlives the program.
struct Outside {
    asio::any_io_executor executor;
    Clock& clock;
    Transport& transport;
};

/// The answer of `work`, or Timeout when it takes longer than `limit` (it is cancelled then).
Task<HttpResponse> within(Clock& clock, Duration limit, Task<HttpResponse> work);

}  // namespace wavegate::sandbox
