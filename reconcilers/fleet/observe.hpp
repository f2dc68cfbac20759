#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/fleet/looks.hpp"
#include "reconcilers/fleet/outside.hpp"
#include "reconcilers/stacks/diff.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::fleet {

/// Looks at every system once: a fixed handful of requests whatever the fleet's size, and a
/// stack's file only when the diff needs it and its list entry moved. Each system comes back as
/// seen or as an error; one that takes long, but Portainer, without which nothing is known, comes
/// back as it was seen last.
class Observer {
  public:
    Observer(Clock& clock, EnvFiles& env_files, Looks& looks)
        : clock_(clock), env_files_(env_files), looks_(looks) {}

    /// How to look: the longest that all but Portainer are waited for, and at which point of the
    /// common order a system (a lane of Writers) was written to last.
    struct Manner {
        Duration patience{};
        std::function<std::uint64_t(const std::string& lane)> written;
    };
    asio::awaitable<std::shared_ptr<Observed>> observe(
        std::shared_ptr<const DesiredState> desired,
        std::shared_ptr<Backends> backends,
        stacks::DiffContext context,
        Manner manner);

    /// One stack, its service and tasks, read again now.
    asio::awaitable<Result<Live>> reread(std::shared_ptr<Backends> backends, const Edit& edit);

  private:
    struct Look;
    struct System;
    static const std::array<System, 5> kSystems;
    using LookAt = asio::awaitable<void> (Observer::*)(Look&);
    using Put = void (*)(const Observed& from, Observed& to);
    void begin_looks(const asio::any_io_executor& executor, const Look& look, const Manner& manner);
    void show_looks(Observed& seen) const;
    asio::awaitable<void> show_heads(Look& look, const Manner& manner, stacks::DiffContext context);
    asio::awaitable<Looks::Sighting> look_beside(std::shared_ptr<Look> look, LookAt at, Put put);
    asio::awaitable<Looks::Sighting> look_at_heads_beside(
        std::shared_ptr<Look> look,
        stacks::DiffContext context);
    asio::awaitable<void> look_at_stacks(Look& look);
    asio::awaitable<void> look_at_files(Look& look, const stacks::DiffContext& context);
    asio::awaitable<void> look_at_swarm(Look& look);
    asio::awaitable<void> look_at_clients(Look& look);
    asio::awaitable<void> look_at_vault(Look& look);
    asio::awaitable<void> look_at_policies(Look& look);
    asio::awaitable<void> look_at_env_files(Look& look);
    asio::awaitable<void> look_at_annotations(Look& look);
    asio::awaitable<void> read_file(Look& look, StackView& stack);
    asio::awaitable<void> look_at_heads(Look& look, const stacks::DiffContext& context);
    Task<void> reread_stack(Backends& backends, const StackEdit& edit, Live& live);
    asio::awaitable<Result<BranchHead>> read_head(Backends& backends, const StackView& stack);

    struct Look {
        std::shared_ptr<const DesiredState> desired;
        std::shared_ptr<Backends> backends;
        std::shared_ptr<Observed> seen = std::make_shared<Observed>();
        std::vector<StackView> stacks;
        std::optional<Error> stacks_error;
        Time stacks_at{};
    };

    struct CachedFile {
        std::string version;
        std::int64_t read_at = 0;  ///< unix seconds
        std::shared_ptr<const std::string> text;
    };

    struct CachedHead {
        std::string deployed;
        Mono read_at{};
        BranchHead head;
    };

    Clock& clock_;
    EnvFiles& env_files_;
    Looks& looks_;
    std::map<int, CachedFile> files_;
    std::map<int, CachedHead> heads_;
};

}  // namespace wavegate::fleet
