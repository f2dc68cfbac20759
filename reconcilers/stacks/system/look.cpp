// How stacks, services, files and branches are looked at, and read again before a write.
#include "operator/base/task_group.hpp"
#include "operator/model/named.hpp"
#include "reconcilers/stacks/system/system.hpp"

#include <chrono>
#include <set>
#include <utility>

namespace wavegate::stacks {
namespace {

std::int64_t unix_seconds(Time time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.wall.time_since_epoch()).count();
}

}  // namespace

asio::awaitable<Sighting> StacksSystem::look(std::shared_ptr<const DesiredState> /*desired*/) {
    const auto executor = co_await asio::this_coro::executor;
    const auto seen = std::make_shared<Observed>();
    {
        TaskGroup group(executor);
        group.spawn("observe stacks", list(*seen));
        group.spawn("observe swarm", look_at_swarm(*seen));
        co_await group.join();
    }
    Sighting sighting = [seen](Observed& to) {
        to.stacks = seen->stacks;
        to.swarm = seen->swarm;
    };
    co_return sighting;
}

asio::awaitable<void> StacksSystem::list(Observed& seen) {
    // The time before the request: a change that lands while it is under way is seen next time.
    const auto at = clock_.now();
    auto& known = memory_->list;
    const bool moved = std::exchange(memory_->moved, false);
    if (moved || !known.ok() || at.mono - known.at().mono >= trusted_list_) {
        ++memory_->lists;
        auto stacks = co_await stacks_.list();
        if (stacks) {
            sort_by_name(*stacks);
        }
        known = Seen<std::vector<StackView>>(std::move(stacks), at);
    }
    seen.stacks = known;
}

asio::awaitable<void> StacksSystem::look_at_swarm(Observed& seen) {
    const auto at = clock_.now();
    auto swarm = co_await stacks_.swarm();
    if (swarm) {
        swarm->sort();
    }
    seen.swarm = Seen<SwarmView>(std::move(swarm), at);
}

asio::awaitable<void> StacksSystem::read_files(
    std::shared_ptr<const DesiredState> desired,
    DiffContext context,
    std::shared_ptr<Observed> seen) {
    context.files = &memory_->compose;
    std::set<std::string> needed;
    for (const auto& service : desired->services) {
        if (needs_file(*desired, service, *seen, context)) {
            needed.insert(service.stack);
        }
    }
    needed.insert(desired->fleet.multiplexer.stack);
    auto stacks = *seen->stacks;
    for (auto& stack : stacks) {
        if (needed.contains(stack.name)) {
            co_await read_file(stack);
        }
    }
    const auto at = seen->stacks.at();
    seen->stacks = Seen<std::vector<StackView>>(std::move(stacks), at);
}

asio::awaitable<void> StacksSystem::read_file(StackView& stack) {
    constexpr std::int64_t settling = 2;
    constexpr std::int64_t trust = 3600;
    const auto now = unix_seconds(clock_.now());
    const auto version = stack.file_version();
    auto& cached = memory_->files[stack.id];
    // What was read within two seconds of a change may be the file from before (portainer.md).
    const bool current = cached.version == version && cached.text != nullptr &&
                         cached.read_at > stack.update_date + settling &&
                         now - cached.read_at < trust;
    if (!current) {
        auto text = co_await stacks_.file(stack.id);
        if (!text) {
            stack.awaits_redeploy = text.error().kind() == ErrorKind::Conflict;
            co_return;
        }
        cached.version = version;
        cached.read_at = now;
        cached.text = std::make_shared<const std::string>(std::move(*text));
    }
    stack.file = cached.text;
}

std::set<std::string>
StacksSystem::needed_heads(const DesiredState& desired, const Observed& seen, DiffContext context) {
    context.files = &memory_->compose;
    return stacks::needed_heads(desired, seen, context);
}

/// Only where something is to be written, and then not each pass: whoever writes reads it again.
asio::awaitable<void> StacksSystem::read_heads(
    std::set<std::string> names,
    std::shared_ptr<Observed> seen) {
    constexpr Duration trust = std::chrono::seconds(30);
    for (const auto& name : names) {
        const auto* stack = seen->stack(name);
        const auto at = clock_.now();
        const auto cached = memory_->heads.find(stack->id);
        const bool current = cached != memory_->heads.end() &&
                             cached->second.deployed == stack->git->config_hash &&
                             at.mono - cached->second.read_at < trust;
        if (current) {
            seen->heads[name] = Seen<BranchHead>(cached->second.head, at);
            continue;
        }
        auto head = co_await read_head(*stack);
        seen->heads[name] = Seen<BranchHead>(std::move(head), at);
    }
}

asio::awaitable<Result<BranchHead>> StacksSystem::read_head(const StackView& stack) {
    const auto at = clock_.now().mono;
    auto head = co_await repositories_->head(*stack.git);
    memory_->heads.erase(stack.id);
    if (head) {
        auto& cached = memory_->heads[stack.id];
        cached.deployed = stack.git->config_hash;
        cached.read_at = at;
        cached.head = *head;
    }
    co_return head;
}

Task<Live> StacksSystem::reread(const Edit& edit) {
    Live live;
    live.at = clock_.now();
    const auto* stack = edit.stack();
    // A restart reaches no other service.
    auto name = stack != nullptr ? stack->stack : std::string();
    auto service =
        stack != nullptr ? name + "_" + stack->compose_service : edit.restart()->swarm_service;
    auto done = co_await reread_service(std::move(name), std::move(service), live);
    if (done && stack != nullptr) {
        done = co_await reread_stack(*stack, live);
    }
    if (!done) {
        co_return done.take_error();
    }
    co_return live;
}

/// The service and its neighbours, as Swarm has them.
Task<void> StacksSystem::reread_service(std::string stack, std::string name, Live& live) {
    auto swarm = co_await stacks_.around(std::move(stack), name);
    if (!swarm) {
        co_return swarm.take_error();
    }
    const auto* service = swarm->find(name);
    if (service == nullptr) {
        co_return Result<void>();
    }
    live.service = *service;
    for (const auto& other : swarm->services) {
        if (other.name != service->name) {
            live.neighbours.push_back(other);
        }
    }
    co_return Result<void>();
}

Task<void> StacksSystem::reread_stack(const StackEdit& edit, Live& live) {
    auto stack = co_await stacks_.stack(edit.stack_id);
    if (!stack) {
        co_return stack.take_error();
    }
    live.stack = std::move(*stack);
    // A failed redeploy leaves a new file under an old version (portainer.md, trap 8).
    auto& cached = memory_->files[live.stack->id];
    cached.version = live.stack->file_version();
    cached.read_at = unix_seconds(live.at);
    cached.text = live.stack->file;
    if (edit.head_before.empty() || !live.stack->git || repositories_ == nullptr) {
        co_return Result<void>();
    }
    auto head = co_await read_head(*live.stack);
    if (!head) {
        co_return head.take_error();
    }
    live.head = std::move(*head);
    // It is about to move.
    memory_->heads.erase(live.stack->id);
    co_return Result<void>();
}

}  // namespace wavegate::stacks
