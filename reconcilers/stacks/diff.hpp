#pragma once

#include "operator/formats/compose_cache.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/stacks/known.hpp"

#include <map>
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
    /// By service: the canonical text of the block that its newest flip met.
    std::map<std::string, std::string> met;
    /// Goes into the mark that a flip leaves in its stack's Env.
    std::string rollout;
    /// The multiplexer's outbound env is to go back to what it was.
    bool unwire = false;
    /// Git stacks whose branch ends in commits of ours that are not deployed yet.
    std::set<std::string> own_heads;
    /// Services whose last commit may have been pushed and never deployed.
    std::set<std::string> unfinished;
    /// Saves reading the same files again; null: they are read.
    formats::ComposeCache* files = nullptr;
    /// Saves telling again what services differ in; null: it is told of each.
    KnownDiffs* known = nullptr;

    friend bool operator==(const DiffContext&, const DiffContext&) = default;
};

/// Flips, env syncs, the multiplexer's wiring, ways back. Pure.
Diff diff(const DesiredState& desired, const Observed& observed, const DiffContext& context);

/// Git stacks whose branch's head is needed to tell what is to be done, and is not in `observed`.
/// None when nothing differs.
std::set<std::string>
needed_heads(const DesiredState& desired, const Observed& observed, const DiffContext& context);

/// Is this service's compose file needed to tell what differs? Others are not read at all.
bool needs_file(
    const DesiredState& desired,
    const ServiceSpec& service,
    const Observed& observed,
    const DiffContext& context);

}  // namespace wavegate::stacks
