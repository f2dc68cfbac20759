#pragma once

#include "operator/net/server.hpp"

namespace wavegate::cli {

class Operator;

/// The HTTP API over a running operator, which outlives the server.
net::Server::Handler make_api(Operator& running);

}  // namespace wavegate::cli
