#pragma once

#include "operator/access/gate.hpp"
#include "operator/model/desired.hpp"

#include <vector>

namespace wavegate::access {

/// Everything that a desired state would send, or have others send, where the gate does not let it
/// go: its backends' credentials, probes, what services and the multiplexer are told to trust and
/// to ask, and where clients' secrets are put. With its place and what to write into operator.yaml;
/// by file and line, up to 200, and the last one says where it stopped.
std::vector<Diagnostic> refusals(const Gate& gate, const DesiredState& desired);

}  // namespace wavegate::access
