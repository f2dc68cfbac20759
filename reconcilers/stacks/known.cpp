#include "reconcilers/stacks/known.hpp"

#include "reconcilers/stacks/diff.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::stacks {
namespace {

/// By their addresses: copies share their values.
bool same_env(const StackEnv& a, const StackEnv& b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](const EnvEntry& one, const EnvEntry& other) {
            return one.value == other.value && one.name == other.name;
        });
}

bool same_stack(const StackView& a, const StackView& b) {
    return a.file == b.file && a.name == b.name && a.kind == b.kind &&
           a.awaits_redeploy == b.awaits_redeploy && a.file_version() == b.file_version() &&
           a.additional_files == b.additional_files && same_env(a.env, b.env);
}

std::vector<const SwarmService*> services_of(const SwarmView& swarm, const std::string& stack) {
    const auto prefix = stack + "_";
    const auto& all = swarm.services;
    auto at = std::lower_bound(
        all.begin(), all.end(), prefix, [](const SwarmService& service, const std::string& name) {
            return service.name < name;
        });
    std::vector<const SwarmService*> found;
    for (; at != all.end() && at->name.starts_with(prefix); ++at) {
        found.push_back(&*at);
    }
    return found;
}

}  // namespace

bool KnownDiffs::holds(
    const Known& known,
    const ServiceSpec& service,
    const Observed& observed,
    const DiffContext& context) {
    const auto met = context.met.find(service.name);
    const auto* stack = observed.stack(service.stack);
    return stack != nullptr && same_stack(*stack, known.stack) &&
           services_of(*observed.swarm, service.stack) == known.services &&
           context.way_back.contains(service.name) == known.way_back &&
           context.verified.contains(service.name) == known.verified &&
           context.unfinished.contains(service.name) == known.unfinished &&
           (met == context.met.end() ? std::string() : met->second) == known.met;
}

void KnownDiffs::begin(
    const DesiredState& desired,
    const Observed& observed,
    const DiffContext& context) {
    if (revision_ != desired.revision || rollout_ != context.rollout) {
        known_.clear();
        revision_ = desired.revision;
        rollout_ = context.rollout;
    }
    std::erase_if(known_, [&](const auto& known) {
        const auto* service = desired.service(known.first);
        return service == nullptr || !holds(known.second, *service, observed, context);
    });
    seen_ = observed.swarm;
}

Diff KnownDiffs::of(
    const ServiceSpec& service,
    const Observed& observed,
    const DiffContext& context,
    const std::function<Diff()>& make) {
    const auto at = known_.find(service.name);
    if (at != known_.end()) {
        return at->second.diff;
    }
    auto made = make();
    const auto& stack = *observed.stack(service.stack);
    if (!stack.git && service.env_from.empty()) {
        Known known;
        known.stack = stack;
        known.services = services_of(*observed.swarm, service.stack);
        known.way_back = context.way_back.contains(service.name);
        known.verified = context.verified.contains(service.name);
        known.unfinished = context.unfinished.contains(service.name);
        const auto met = context.met.find(service.name);
        known.met = met == context.met.end() ? std::string() : met->second;
        known.diff = made;
        known_.insert_or_assign(service.name, std::move(known));
    }
    return made;
}

}  // namespace wavegate::stacks
