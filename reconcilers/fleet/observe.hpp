#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/fleet/looks.hpp"
#include "reconcilers/fleet/systems.hpp"
#include "reconcilers/stacks/diff.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace wavegate::fleet {

/// Looks at every system once: a fixed handful of requests whatever the fleet's size, and a
/// stack's file only when the diff needs it and its list entry moved. Each system comes back as
/// seen or as an error; one that takes long, but Portainer, without which nothing is known, comes
/// back as it was seen last.
class Observer {
  public:
    explicit Observer(Looks& looks) : looks_(looks) {}

    /// How to look: the longest that all but Portainer are waited for, and at which point of the
    /// common order a system (a lane of Writers) was written to last.
    struct Manner {
        Duration patience{};
        std::function<std::uint64_t(const std::string& lane)> written;
        bool anew = false;  ///< however short a time ago a system was seen
        /// Somebody asked at that point of the order: what was seen before is no answer. 0: nobody.
        std::uint64_t asked = 0;
        bool moved = false;  ///< something that changes stacks happened since the last look
        bool told = false;   ///< Swarm tells what becomes of its services: stacks move with them
        /// Where Portainer and Swarm were seen well enough for now; null: they are looked at.
        std::shared_ptr<const Observed> kept;
    };
    asio::awaitable<std::shared_ptr<Observed>> observe(
        std::shared_ptr<const DesiredState> desired,
        std::shared_ptr<Systems> systems,
        stacks::DiffContext context,
        Manner manner);

  private:
    struct Look {
        std::shared_ptr<const DesiredState> desired;
        std::shared_ptr<Systems> systems;
        std::shared_ptr<Observed> seen = std::make_shared<Observed>();
    };

    asio::awaitable<void>
    look_at_stacks(Look& look, const Manner& manner, stacks::DiffContext context);
    asio::awaitable<void> look_beside(const Look& look, const Manner& manner);
    void begin_looks(const asio::any_io_executor& executor, const Look& look, const Manner& manner);
    asio::awaitable<void> show_heads(Look& look, const Manner& manner, stacks::DiffContext context);

    Looks& looks_;
};

}  // namespace wavegate::fleet
