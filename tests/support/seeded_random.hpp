#pragma once

#include "operator/ports/random.hpp"

namespace wavegate::testing {

/// SplitMix64: the same seed gives the same numbers on every machine.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed = 1) : state_(seed) {}

    std::uint64_t next() override {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    std::string bytes(std::size_t count) override {
        std::string out(count, '\0');
        for (auto& c : out) {
            c = static_cast<char>(next() & 0xFFU);
        }
        return out;
    }

  private:
    std::uint64_t state_;
};

}  // namespace wavegate::testing
