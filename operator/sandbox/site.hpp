#pragma once

#include "operator/base/task.hpp"
#include "operator/ports/http.hpp"

#include <boost/asio/awaitable.hpp>

namespace wavegate::sandbox {

/// One emulated server: state of its own, whole requests in, whole answers out. It never sees
/// who carries them (memory in simulation, sockets in `wavegate sandbox`). The request's URL is
/// absolute; secret headers have been folded into `headers` before. A site may stream to a
/// request's `each`, and gives an answer without a body then.
class Site {
  public:
    virtual ~Site() = default;
    virtual asio::awaitable<HttpResponse> answer(HttpRequest request) = 0;
};

}  // namespace wavegate::sandbox
