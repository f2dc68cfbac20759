#pragma once

#include "tests/sim/rig.hpp"

#include <ctime>

namespace wavegate::testing {

/// The operator's own time on the processor from now on: what runs in its context, and nothing of
/// the World and of the clock beside it. Lives no longer than the rig.
class Meter {
  public:
    explicit Meter(Rig& rig) {
        rig.sim.poll_by([this, &rig](asio::io_context& context) {
            const auto began = std::clock();
            const auto ran = context.poll();
            spent_ += &context == &rig.sim.io() ? 0 : std::clock() - began;
            return ran;
        });
    }
    [[nodiscard]] double microseconds() const {
        return 1e6 * static_cast<double>(spent_) / CLOCKS_PER_SEC;
    }

  private:
    std::clock_t spent_ = 0;
};

/// What the fleet's lock asks, two requests in ten seconds whatever else goes on.
inline bool is_of_lock(const sandbox::SeenRequest& request) {
    return request.path.find("/docker/configs/") != std::string::npos;
}

}  // namespace wavegate::testing
