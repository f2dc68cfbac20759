// What a pass asks of the room of stacks.
#include "reconcilers/stacks/system/system.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/stacks/context.hpp"
#include "reconcilers/stacks/write.hpp"

#include <utility>

namespace wavegate::stacks {

Sighting StacksSystem::unseen(const DesiredState& /*desired*/, const Error& error, Time at) const {
    return [error, at](Observed& to) {
        to.stacks = Seen<std::vector<StackView>>(error, at);
        to.swarm = Seen<SwarmView>(error, at);
    };
}

Diff StacksSystem::diff(const Pass& pass) {
    auto context = context_of(pass.desired, pass.observed, pass.record, pass.ledger);
    context.files = &memory_->compose;
    context.known = &known_;
    if (!is_diffed(pass, context)) {
        auto found = stacks::diff(pass.desired, pass.observed, context);
        diffed_ = Diffed{
            pass.desired.revision, pass.observed.stacks, std::move(context), std::move(found)};
    }
    return diffed_->diff;
}

bool StacksSystem::is_diffed(const Pass& pass, const DiffContext& context) const {
    return diffed_ && pass.observed.stacks.ok() && diffed_->stacks.ok() &&
           &*pass.observed.stacks == &*diffed_->stacks &&
           diffed_->revision == pass.desired.revision && diffed_->context == context;
}

Result<Write> StacksSystem::write_of(const Edit& edit, const Live& live) const {
    return stacks::write_of(edit, live);
}

Task<Receipt> StacksSystem::apply(Permit permit) {
    const auto* stack = permit.as<StackWrite>();
    if (stack == nullptr || !stack->commit) {
        co_return co_await stacks_.apply(std::move(permit));
    }
    if (repositories_ == nullptr) {
        co_return Error(ErrorKind::Invalid, "no stackRepo credentials are declared");
    }
    // What git sends does not go over a transport of ours, which asks at each attempt.
    if (permit.good_until() && clock_.now().mono > *permit.good_until()) {
        co_return Error(ErrorKind::Conflict, "its permit has ended");
    }
    auto rest = co_await repositories_->push(std::move(permit));
    if (!rest) {
        co_return rest.take_error();
    }
    co_return co_await stacks_.apply(std::move(*rest));
}

std::string StacksSystem::object_of(const Edit& edit, const DesiredState& desired) const {
    const auto* stack = edit.stack();
    const auto& name = stack == nullptr ? edit.restart()->service : stack->service;
    const bool multiplexer = name == desired.fleet.multiplexer.stack;
    return (multiplexer ? "Multiplexer/" : "Service/") + name;
}

void StacksSystem::note(Intent& intent, const Edit& edit, const Write& write, const Live& live)
    const {
    intent.version = live.service ? live.service->version : 0;
    const auto* stack = edit.stack();
    if (stack == nullptr) {
        return;
    }
    if (live.service) {
        intent.keys = stack->keys;
        intent.untouched = untouched_digest(*live.service, stack->keys);
    }
    if (live.stack && live.stack->git) {
        intent.deployed = live.stack->git->config_hash;
        intent.head_before = stack->head_before;
    }
    const auto* body = std::get_if<StackWrite>(&write);
    if (body != nullptr && body->commit) {
        intent.file_after = sha256_hex(body->commit->text);
    }
}

}  // namespace wavegate::stacks
