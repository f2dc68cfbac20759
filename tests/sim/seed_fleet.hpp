#pragma once

#include "operator/sandbox/desired_state.hpp"
#include "operator/sandbox/world.hpp"
#include "tests/support/seeded_random.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wavegate::testing {

/// Chance out of one seed.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    std::uint64_t number() { return random_.next(); }
    int pick(int below) { return static_cast<int>(random_.next() % static_cast<unsigned>(below)); }
    bool chance(int percent) { return pick(100) < percent; }
    template <class T>
    const T& one_of(const std::vector<T>& items) {
        return items[static_cast<std::size_t>(pick(static_cast<int>(items.size())))];
    }

  private:
    SeededRandom random_;
};

/// Does its program refuse to start open?
bool is_closed(const sandbox::ServicePlan& service);
/// What its document says of that.
std::string modes_of(const sandbox::ServicePlan& service);

sandbox::WorldPlan random_world(Dice& dice);
sandbox::DesiredPlan random_desired(Dice& dice, const sandbox::WorldPlan& world);

}  // namespace wavegate::testing
