#pragma once

#include "operator/base/result.hpp"

#include <string>
#include <string_view>

namespace wavegate::render {

/// Where a service's source is, and on which node.
struct DevSource {
    std::string service;  ///< the stack's name, and the compose service where there are several
    std::string folder;   ///< of the source, on the node
    std::string server;   ///< value of the label `name` of that node
};

/// The variant of a production compose file (upstream.md §3) that runs its image on the source
/// beside it: `PYTHONPATH=/src` unless it has one, the source at /src, 40 s to become healthy, the
/// node that holds the source, restarted always. Everything else stays byte for byte, comments too,
/// under a head of two lines. Invalid, with the line: what can't be edited safely.
Result<std::string> dev_compose(std::string_view production, const DevSource& source);

}  // namespace wavegate::render
