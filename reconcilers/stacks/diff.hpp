#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"

#include <set>
#include <string>

namespace wavegate::stacks {

/// What the diff of stacks needs to know beyond what is desired and seen.
struct DiffContext {
    /// Services whose running block passed its gates (or its baseline): a flip records it as the
    /// way back. For others the way back that is already recorded stays.
    std::set<std::string> verified;
    /// Services that are to go back to their last good block.
    std::set<std::string> way_back;
    /// The multiplexer's outbound env is to go back to what it was.
    bool unwire = false;
};

/// Flips, env syncs, the multiplexer's wiring, ways back. Pure.
Diff diff(const DesiredState& desired, const Observed& observed, const DiffContext& context);

/// Is this service's compose file needed to tell what differs? Others are not read at all.
bool needs_file(
    const DesiredState& desired,
    const ServiceSpec& service,
    const Observed& observed,
    const DiffContext& context);

}  // namespace wavegate::stacks
