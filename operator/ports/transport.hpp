#pragma once

#include "operator/base/task.hpp"
#include "operator/ports/http.hpp"

namespace wavegate {

/// Moves one request and its answer; no retry, no redirects, no deadline (those stand above it).
/// An HTTP status is never an error here. Errors:
///   Unavailable/None   name not resolved, refused, TLS not trusted, no way through the proxy:
///                      nothing was sent
///   Denied/None        the proxy refuses, or the server does not take our client certificate
///   Invalid/None       our own certificates can't be used
///   Unavailable/Maybe  cut after the request was sent
///   Protocol/Maybe     truncated, over `response_limit`, not HTTP
///   Cancelled/Maybe    the caller's coroutine was cancelled (terminal) while waiting
class Transport {
  public:
    virtual ~Transport() = default;
    virtual Task<HttpResponse> send(HttpRequest request) = 0;
};

}  // namespace wavegate
