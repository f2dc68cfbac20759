#include "operator/status/index.hpp"

namespace wavegate::status {
namespace {

void keep_newest(const Evidence*& kept, const Evidence& one) {
    if (kept == nullptr || kept->taken.mono <= one.taken.mono) {
        kept = &one;
    }
}

}  // namespace

Index::Index(const View& v) : view(v) {
    for (const auto& member : view.record.members()) {
        members[member.service] = &member;
    }
    if (observed()) {
        for (const auto& service : view.observed->swarm->services) {
            running[service.name] = &service;
        }
        for (const auto& stack : *view.observed->stacks) {
            stacks[stack.name] = &stack;
        }
    }
    for (const auto& wait : view.waits) {
        waits[wait.object] = &wait;
    }
    if (view.ledger != nullptr) {
        for (const auto& one : view.ledger->evidence) {
            keep_newest(evidence[one.subject][one.kind], one);
            keep_newest(gates[one.kind], one);
        }
    }
    for (const auto& edit : view.diff.edits) {
        if (const auto* stack = edit.stack()) {
            edits[stack->service].push_back(&edit);
        } else if (const auto* restart = edit.restart()) {
            edits[restart->service].push_back(&edit);
        }
    }
    for (const auto& obstacle : view.diff.obstacles) {
        // Of several the one that nobody here can mend.
        auto& kept = obstacles[obstacle.object];
        kept = kept != nullptr && kept->awaits_person() ? kept : &obstacle;
    }
    excepted.insert(view.excepted.begin(), view.excepted.end());
}

Hold Index::hold(const std::string& service) const {
    return view.hold("Service/" + service);
}

bool Index::observed() const {
    return view.observed != nullptr && view.observed->stacks.ok() && view.observed->swarm.ok();
}

const SwarmService* Index::running_of(const ServiceSpec& spec) const {
    return find_or_null(running, spec.stack + "_" + spec.compose_service);
}

bool Index::deployed(const ServiceSpec& spec) const {
    const auto* stack = find_or_null(stacks, spec.stack);
    const auto* service = running_of(spec);
    return stack != nullptr && stack->status != StackStatus::Inactive && service != nullptr &&
           service->replicas > 0;
}

}  // namespace wavegate::status
