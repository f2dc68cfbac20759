// What the pass does not wait for: each system's look beside it.
#include "reconcilers/fleet/observe.hpp"

#include <array>
#include <utility>

namespace wavegate::fleet {

/// One system: the lane by which it is written to, how it is looked at, what of an observation is
/// its, and what stands there when it could not be seen.
struct Observer::System {
    const char* lane;
    LookAt look;
    Put put;
    void (*fail)(const DesiredState& desired, const Error& error, Time at, Observed& to);
};

constexpr std::array<Observer::System, 5> Observer::kSystems{{
    {"client",
     &Observer::look_at_clients,
     [](const Observed& from, Observed& to) { to.clients = from.clients; },
     [](const DesiredState& desired, const Error& error, Time at, Observed& to) {
         for (const auto& spec : desired.clients) {
             to.clients[spec.client_id] = Seen<std::optional<ClientView>>(error, at);
         }
     }},
    {"secret",
     &Observer::look_at_vault,
     [](const Observed& from, Observed& to) { to.vault = from.vault; },
     [](const DesiredState& desired, const Error& error, Time at, Observed& to) {
         for (const auto& spec : desired.clients) {
             to.vault[spec.secret_path] = Seen<std::optional<VaultEntry>>(error, at);
         }
     }},
    {"policy",
     &Observer::look_at_policies,
     [](const Observed& from, Observed& to) { to.policies = from.policies; },
     [](const DesiredState& /*desired*/, const Error& error, Time at, Observed& to) {
         to.policies = Seen<std::vector<Policy>>(error, at);
     }},
    {"env files",
     &Observer::look_at_env_files,
     [](const Observed& from, Observed& to) { to.env_files = from.env_files; },
     [](const DesiredState& desired, const Error& error, Time at, Observed& to) {
         for (const auto& service : desired.services) {
             if (!service.env_from.empty()) {
                 to.env_files[service.name] = Seen<ResolvedEnv>(error, at);
             }
         }
     }},
    {"annotation",
     &Observer::look_at_annotations,
     [](const Observed& from, Observed& to) { to.annotations = from.annotations; },
     [](const DesiredState& /*desired*/, const Error& error, Time at, Observed& to) {
         to.annotations = Seen<std::vector<Annotation>>(error, at);
     }},
}};

void Observer::begin_looks(
    const asio::any_io_executor& executor,
    const Look& look,
    const Manner& manner) {
    for (const auto& system : kSystems) {
        if (system.look == &Observer::look_at_annotations &&
            look.backends->annotations == nullptr) {
            continue;
        }
        auto own = std::make_shared<Look>();
        own->desired = look.desired;
        own->backends = look.backends;
        Looks::Look begin = [this, own, &system] {
            return look_beside(own, system.look, system.put);
        };
        Looks::Failed failed = [desired = look.desired, fail = system.fail](Error error, Time at) {
            return [desired, fail, error = std::move(error), at](Observed& to) {
                fail(*desired, error, at, to);
            };
        };
        looks_.begin(
            executor,
            system.lane,
            manner.written(system.lane),
            std::move(begin),
            std::move(failed));
    }
}

asio::awaitable<Looks::Sighting>
Observer::look_beside(std::shared_ptr<Look> look, LookAt at, Put put) {
    co_await (this->*at)(*look);
    std::shared_ptr<const Observed> seen = look->seen;
    Looks::Sighting sighting = [seen, put](Observed& to) { put(*seen, to); };
    co_return sighting;
}

void Observer::show_looks(Observed& seen) const {
    for (const auto& system : kSystems) {
        looks_.show(system.lane, seen);
    }
}

/// The git host of stacks is another than any of these systems, and may be as slow.
asio::awaitable<void>
Observer::show_heads(Look& look, const Manner& manner, stacks::DiffContext context) {
    constexpr const char* lane = "branches";
    auto names = stacks::needed_heads(*look.desired, *look.seen, context);
    if (names.empty()) {
        co_return;
    }
    auto own = std::make_shared<Look>();
    own->desired = look.desired;
    own->backends = look.backends;
    own->seen = std::make_shared<Observed>(*look.seen);
    Looks::Look begin = [this, own, context] { return look_at_heads_beside(own, context); };
    Looks::Failed failed = [names](Error error, Time at) {
        return [names, error = std::move(error), at](Observed& to) {
            for (const auto& name : names) {
                to.heads[name] = Seen<BranchHead>(error, at);
            }
        };
    };
    const auto executor = co_await asio::this_coro::executor;
    looks_.begin(executor, lane, manner.written(lane), std::move(begin), std::move(failed));
    co_await looks_.wait(manner.patience);
    if (looks_.began(lane) > 0) {
        looks_.show(lane, *look.seen);
    }
}

asio::awaitable<Looks::Sighting> Observer::look_at_heads_beside(
    std::shared_ptr<Look> look,
    stacks::DiffContext context) {
    co_await look_at_heads(*look, context);
    std::shared_ptr<const Observed> seen = look->seen;
    Looks::Sighting sighting = [seen](Observed& to) {
        for (const auto& [name, head] : seen->heads) {
            const auto* then = seen->stack(name);
            const auto* now = to.stack(name);
            // Of what was deployed before, it says nothing of now.
            const bool holds = then != nullptr && now != nullptr && then->git && now->git &&
                               then->git->config_hash == now->git->config_hash;
            if (holds) {
                to.heads[name] = head;
            }
        }
    };
    co_return sighting;
}

}  // namespace wavegate::fleet
