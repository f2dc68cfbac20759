#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace wavegate::stacks {

struct DiffContext;

/// What each service differed in, and what that was made of: as long as the one stays, so does the
/// other. Of services in plain stacks, of which nothing lies in another system (a branch, a file on
/// the disk); of one desired state and one rollout.
class KnownDiffs {
  public:
    /// Before services are asked for: forgets those that are not as they were. What was seen is
    /// held until the next call, so that nothing else comes to stand at an address that is
    /// remembered.
    void begin(const DesiredState& desired, const Observed& observed, const DiffContext& context);
    /// The service's part of the diff: the one that is known, or what `make` comes to.
    Diff of(
        const ServiceSpec& service,
        const Observed& observed,
        const DiffContext& context,
        const std::function<Diff()>& make);

  private:
    /// What a service's part was made of, and the part.
    struct Known {
        StackView stack;
        std::vector<const SwarmService*> services;  ///< of its stack, as Swarm names them
        bool way_back = false;
        bool verified = false;
        bool unfinished = false;
        std::string met;
        Diff diff;
    };
    static bool holds(
        const Known& known,
        const ServiceSpec& service,
        const Observed& observed,
        const DiffContext& context);

    std::string revision_;
    std::string rollout_;
    Seen<SwarmView> seen_;
    std::map<std::string, Known> known_;
};

}  // namespace wavegate::stacks
