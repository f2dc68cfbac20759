#pragma once

#include "operator/sandbox/multiplexer/peer.hpp"
#include "operator/sandbox/world.hpp"
#include "tests/support/simulation.hpp"

#include <string>

namespace wavegate::testing {

/// A client of the fleet that is not the operator: it asks services and the multiplexer itself.
class Visitor {
  public:
    Visitor(Simulation& sim, sandbox::World& world)
        : sim_(sim), world_(world), outside_{sim.executor(), sim.clock, world.network} {}

    /// Empty: it lists its tools, to the multiplexer's own token or to none. Else why not.
    std::string list(const std::string& service, bool with_token);
    /// Does its process listen?
    bool is_up(const std::string& service);
    /// Empty: the multiplexer passed a call on and the service itself answered. Else why not.
    std::string call_through(const std::string& service);

  private:
    sandbox::Peer peer_for(const std::string& name, bool with_token);

    Simulation& sim_;
    sandbox::World& world_;
    sandbox::Outside outside_;
};

}  // namespace wavegate::testing
