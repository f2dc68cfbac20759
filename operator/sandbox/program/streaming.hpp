#pragma once

#include "operator/base/task_group.hpp"
#include "operator/net/server.hpp"
#include "operator/ports/transport.hpp"

namespace wavegate::sandbox {

/// Is its answer one that goes on until somebody ends it (Docker's events)?
bool is_endless(const HttpRequest& request);

/// Answers by what the World streams, piece by piece; the request runs in `beside`, and ends with
/// its client. Both must outlive the server.
asio::awaitable<net::ServerResponse>
answer_endless(Transport& transport, TaskGroup& beside, HttpRequest request);

}  // namespace wavegate::sandbox
