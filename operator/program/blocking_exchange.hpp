#pragma once

#include "operator/base/result.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"

namespace wavegate::program {

// For commands that ask a running operator: one thing at a time, without a loop of their own.

/// One request and its answer, at most 30 s.
Result<HttpResponse> exchange_blocking(HttpRequest request);
void pause_blocking(Duration length);
Wall wall_now();

}  // namespace wavegate::program
