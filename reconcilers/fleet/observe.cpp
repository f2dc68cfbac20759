#include "reconcilers/fleet/observe.hpp"

#include "operator/base/task_group.hpp"
#include "operator/model/named.hpp"

#include <set>

namespace wavegate::fleet {
namespace {

std::int64_t unix_seconds(Time time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.wall.time_since_epoch()).count();
}

/// The service and its tasks, as Swarm has them.
Task<void> reread_service(Backends& backends, std::string name, Live& live) {
    auto swarm = co_await backends.stacks->swarm();
    if (!swarm) {
        co_return swarm.take_error();
    }
    const auto* service = swarm->find(name);
    if (service == nullptr) {
        co_return Result<void>();
    }
    for (const auto* task : swarm->tasks_of(service->id)) {
        live.tasks.push_back(*task);
    }
    live.service = *service;
    for (const auto& other : swarm->services) {
        if (other.stack == service->stack && other.name != service->name) {
            live.neighbours.push_back(other);
        }
    }
    co_return Result<void>();
}

/// The object of an edit that is about no stack.
Task<void> reread_object(Backends& backends, const Edit& edit, Live& live) {
    if (const auto* client = std::get_if<ClientEdit>(&edit.body)) {
        auto fresh = co_await backends.identity->client(client->client_id);
        if (!fresh) {
            co_return fresh.take_error();
        }
        live.client = std::move(*fresh);
    }
    if (const auto* secret = std::get_if<SecretEdit>(&edit.body)) {
        auto fresh = co_await backends.vault->read(secret->path);
        if (!fresh) {
            co_return fresh.take_error();
        }
        live.vault = std::move(*fresh);
    }
    if (std::holds_alternative<PolicyEdit>(edit.body)) {
        auto fresh = co_await backends.policies->list();
        if (!fresh) {
            co_return fresh.take_error();
        }
        live.policies = std::move(*fresh);
    }
    co_return Result<void>();
}

}  // namespace

asio::awaitable<std::shared_ptr<Observed>> Observer::observe(
    std::shared_ptr<const DesiredState> desired,
    std::shared_ptr<Backends> backends,
    stacks::DiffContext context,
    Manner manner) {
    const auto executor = co_await asio::this_coro::executor;
    Look look;
    look.desired = std::move(desired);
    look.backends = std::move(backends);
    begin_looks(executor, look, manner);
    {
        TaskGroup group(executor);
        group.spawn("observe stacks", look_at_stacks(look));
        group.spawn("observe swarm", look_at_swarm(look));
        co_await group.join();
    }
    co_await looks_.wait(manner.patience);
    show_looks(*look.seen);
    if (look.stacks_error) {
        look.seen->stacks = Seen<std::vector<StackView>>(*look.stacks_error, look.stacks_at);
    } else {
        look.seen->stacks = Seen<std::vector<StackView>>(look.stacks, look.stacks_at);
        co_await look_at_files(look, context);
        look.seen->stacks = Seen<std::vector<StackView>>(std::move(look.stacks), look.stacks_at);
        if (look.backends->repositories != nullptr) {
            co_await show_heads(look, manner, std::move(context));
        }
    }
    co_return look.seen;
}

asio::awaitable<void> Observer::look_at_stacks(Look& look) {
    // The time before the request: a change that lands while it is under way is seen next time.
    look.stacks_at = clock_.now();
    auto stacks = co_await look.backends->stacks->list();
    if (stacks) {
        look.stacks = std::move(*stacks);
        sort_by_name(look.stacks);
    } else {
        look.stacks_error = stacks.take_error();
    }
}

asio::awaitable<void> Observer::look_at_files(Look& look, const stacks::DiffContext& context) {
    std::set<std::string> needed;
    for (const auto& service : look.desired->services) {
        if (stacks::needs_file(*look.desired, service, *look.seen, context)) {
            needed.insert(service.stack);
        }
    }
    needed.insert(look.desired->fleet.multiplexer.stack);
    for (auto& stack : look.stacks) {
        if (needed.contains(stack.name)) {
            co_await read_file(look, stack);
        }
    }
}

asio::awaitable<void> Observer::read_file(Look& look, StackView& stack) {
    constexpr std::int64_t settling = 2;
    constexpr std::int64_t trust = 3600;
    const auto now = unix_seconds(clock_.now());
    const auto version = stack.file_version();
    auto& cached = files_[stack.id];
    // What was read within two seconds of a change may be the file from before (portainer.md).
    const bool current = cached.version == version && cached.text != nullptr &&
                         cached.read_at > stack.update_date + settling &&
                         now - cached.read_at < trust;
    if (!current) {
        auto text = co_await look.backends->stacks->file(stack.id);
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

/// Only where something is to be written, and then not each pass: whoever writes reads it again.
asio::awaitable<void> Observer::look_at_heads(Look& look, const stacks::DiffContext& context) {
    constexpr Duration trust = std::chrono::seconds(30);
    const auto needed = stacks::needed_heads(*look.desired, *look.seen, context);
    for (const auto& name : needed) {
        const auto* stack = look.seen->stack(name);
        const auto at = clock_.now();
        const auto cached = heads_.find(stack->id);
        const bool current = cached != heads_.end() &&
                             cached->second.deployed == stack->git->config_hash &&
                             at.mono - cached->second.read_at < trust;
        if (current) {
            look.seen->heads[name] = Seen<BranchHead>(cached->second.head, at);
            continue;
        }
        auto head = co_await read_head(*look.backends, *stack);
        look.seen->heads[name] = Seen<BranchHead>(std::move(head), at);
    }
}

asio::awaitable<Result<BranchHead>> Observer::read_head(
    Backends& backends,
    const StackView& stack) {
    const auto at = clock_.now().mono;
    auto head = co_await backends.repositories->head(*stack.git);
    heads_.erase(stack.id);
    if (head) {
        auto& cached = heads_[stack.id];
        cached.deployed = stack.git->config_hash;
        cached.read_at = at;
        cached.head = *head;
    }
    co_return head;
}

asio::awaitable<void> Observer::look_at_swarm(Look& look) {
    const auto at = clock_.now();
    auto swarm = co_await look.backends->stacks->swarm();
    if (swarm) {
        sort_by_name(swarm->services);
    }
    look.seen->swarm = Seen<SwarmView>(std::move(swarm), at);
}

asio::awaitable<void> Observer::look_at_clients(Look& look) {
    for (const auto& spec : look.desired->clients) {
        const auto at = clock_.now();
        auto client = co_await look.backends->identity->client(spec.client_id);
        look.seen->clients[spec.client_id] = Seen<std::optional<ClientView>>(std::move(client), at);
    }
}

asio::awaitable<void> Observer::look_at_vault(Look& look) {
    for (const auto& spec : look.desired->clients) {
        const auto at = clock_.now();
        auto entry = co_await look.backends->vault->read(spec.secret_path);
        look.seen->vault[spec.secret_path] = Seen<std::optional<VaultEntry>>(std::move(entry), at);
    }
}

asio::awaitable<void> Observer::look_at_policies(Look& look) {
    const auto at = clock_.now();
    auto policies = co_await look.backends->policies->list();
    look.seen->policies = Seen<std::vector<Policy>>(std::move(policies), at);
}

asio::awaitable<void> Observer::look_at_env_files(Look& look) {
    for (const auto& service : look.desired->services) {
        if (service.env_from.empty()) {
            continue;
        }
        const auto at = clock_.now();
        auto files = service.env_from;
        auto values = co_await env_files_.read(service.name, std::move(files));
        look.seen->env_files[service.name] = Seen<ResolvedEnv>(std::move(values), at);
    }
}

asio::awaitable<void> Observer::look_at_annotations(Look& look) {
    const auto at = clock_.now();
    std::vector<std::string> tags{"wavegate", "wavegate-fleet:" + look.desired->fleet.name};
    auto annotations = co_await look.backends->annotations->list(std::move(tags));
    look.seen->annotations = Seen<std::vector<Annotation>>(std::move(annotations), at);
}

asio::awaitable<Result<Live>> Observer::reread(
    std::shared_ptr<Backends> backends,
    const Edit& edit) {
    Live live;
    live.at = clock_.now();
    const auto* stack = edit.stack();
    std::string service;
    if (stack != nullptr) {
        service = stack->stack + "_" + stack->compose_service;
    } else if (edit.restart() != nullptr) {
        service = edit.restart()->swarm_service;
    }
    Result<void> done;
    if (!service.empty()) {
        done = co_await reread_service(*backends, std::move(service), live);
    }
    if (done && stack != nullptr) {
        done = co_await reread_stack(*backends, *stack, live);
    } else if (done) {
        done = co_await reread_object(*backends, edit, live);
    }
    if (!done) {
        co_return done.take_error();
    }
    co_return live;
}

Task<void> Observer::reread_stack(Backends& backends, const StackEdit& edit, Live& live) {
    auto stack = co_await backends.stacks->stack(edit.stack_id);
    if (!stack) {
        co_return stack.take_error();
    }
    live.stack = std::move(*stack);
    // A failed redeploy leaves a new file under an old version (portainer.md, trap 8).
    auto& cached = files_[live.stack->id];
    cached.version = live.stack->file_version();
    cached.read_at = unix_seconds(live.at);
    cached.text = live.stack->file;
    if (edit.head_before.empty() || !live.stack->git || backends.repositories == nullptr) {
        co_return Result<void>();
    }
    auto head = co_await read_head(backends, *live.stack);
    if (!head) {
        co_return head.take_error();
    }
    live.head = std::move(*head);
    // It is about to move.
    heads_.erase(live.stack->id);
    co_return Result<void>();
}

}  // namespace wavegate::fleet
