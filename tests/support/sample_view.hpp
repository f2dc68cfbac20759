#pragma once

#include "operator/status/view.hpp"

#include <string>

namespace wavegate::testing {

/// Is the value of every secret in `sample_view`.
inline constexpr std::string_view kSecretMarker = "MARKER-of-a-secret-value";

/// A fleet in the middle of a rollout: four services in two waves; `searxng-mcp` Ready and the
/// canary, `arr-mcp` being probed, `git-mcp` waiting for a slot, `vault-mcp` in the later wave;
/// `stopped-mcp` is not deployed.
status::View sample_view();
/// The same with `arr-mcp` rolled back after a failed check, and its wave halted.
status::View halted_view();

Time sample_time(Duration after_start);
/// Brings a member into that state, as the planner would.
void bring(status::View& view, const std::string& service, MemberState state, Time since);

}  // namespace wavegate::testing
