#include "tests/support/simulation.hpp"

#include <algorithm>

namespace wavegate::testing {

Simulation::~Simulation() {
    for (auto* context : contexts_) {
        clock.forget(*context);
    }
}

void Simulation::detach(asio::io_context& context) {
    std::erase(contexts_, &context);
    clock.forget(context);
}

void Simulation::settle() {
    std::size_t ran = 1;
    while (ran > 0) {
        ran = 0;
        // By index: what runs may attach or detach contexts. NOLINTNEXTLINE(modernize-loop-convert)
        for (std::size_t i = 0; i < contexts_.size(); ++i) {
            contexts_[i]->restart();
            while (const auto count = poll_(*contexts_[i])) {
                ran += count;
            }
        }
    }
}

void Simulation::advance(Duration by) {
    const Mono end = clock.now().mono + by;
    run_until([] { return false; }, by);
    clock.move_to(end);
}

bool Simulation::run_until(const std::function<bool()>& done, Duration limit) {
    const Mono end = clock.now().mono + limit;
    settle();
    while (!done()) {
        if (clock.next().value_or(Mono::max()) > end) {
            return false;
        }
        clock.wake_next();
        settle();
    }
    return true;
}

}  // namespace wavegate::testing
