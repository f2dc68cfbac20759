#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/fleet/outside.hpp"
#include "reconcilers/stacks/diff.hpp"

#include <map>
#include <memory>
#include <string>

namespace wavegate::fleet {

/// Looks at every system once: a fixed handful of requests whatever the fleet's size, and a
/// stack's file only when the diff needs it and its list entry moved. Each system comes back as
/// seen or as an error.
class Observer {
  public:
    Observer(Clock& clock, EnvFiles& env_files) : clock_(clock), env_files_(env_files) {}

    asio::awaitable<std::shared_ptr<Observed>> observe(
        std::shared_ptr<const DesiredState> desired,
        std::shared_ptr<Backends> backends,
        stacks::DiffContext context);

    /// One stack, its service and tasks, read again now.
    asio::awaitable<Result<Live>> reread(std::shared_ptr<Backends> backends, const Edit& edit);

  private:
    struct Look;
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
    std::map<int, CachedFile> files_;
    std::map<int, CachedHead> heads_;
};

}  // namespace wavegate::fleet
