#pragma once

#include "operator/model/desired.hpp"

#include <string>

namespace wavegate::render {

/// A label of a target whose value is "jwt" for services that should refuse a call without a token;
/// Prometheus drops it once it has told its jobs apart by it.
inline constexpr const char* kAuthLabel = "__wavegate_auth";

/// Prometheus' file-SD list (monitoring.md): each service as the overlay network knows it, by name,
/// then the multiplexer. Labels: stack, service, wave.
std::string prometheus_targets(const DesiredState& desired);

}  // namespace wavegate::render
