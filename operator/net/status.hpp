#pragma once

#include "operator/base/error.hpp"
#include "operator/ports/http.hpp"

namespace wavegate::net {

/// What an HTTP status means where the system that answered says nothing more.
ErrorKind kind_of_status(int status);

/// The error with the answer's status, and with its Retry-After where that is a number of seconds.
Error with_status(Error error, const HttpResponse& response);

}  // namespace wavegate::net
