#pragma once

#include <string>
#include <string_view>

namespace wavegate::portainer {

/// Docker's event stream as it comes in pieces: one JSON object a line (swarm.md). Holds no more
/// than a line.
class EventLines {
  public:
    enum class Heard {
        Nothing,
        Service,  ///< at least one event of a service
        Garbage,  ///< not a line of events, or a longer one than any: nothing that follows counts
    };
    Heard take(std::string_view piece);

  private:
    std::string line_;  ///< that has not ended
};

}  // namespace wavegate::portainer
