#pragma once

#include "operator/base/time.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/transport.hpp"

namespace wavegate::net {

/// `transport.send`, given up after `limit`: Timeout/Maybe. A cancelled caller gets
/// Cancelled/Maybe.
Task<HttpResponse>
send_within(Transport& transport, Clock& clock, HttpRequest request, Duration limit);

}  // namespace wavegate::net
