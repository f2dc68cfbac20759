#pragma once

#include "operator/ports/stacks.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace wavegate::portainer {

/// Docker's event stream as it comes in pieces: one JSON object a line (swarm.md). Holds no more
/// than a line.
class EventLines {
  public:
    using Tell = std::function<void(Stacks::Hint)>;
    /// Tells each event of a service. False: not a line of events, or a longer one than any;
    /// nothing that follows counts.
    bool take(std::string_view piece, const Tell& tell);

  private:
    std::string line_;  ///< that has not ended
};

}  // namespace wavegate::portainer
