#pragma once

#include "operator/ports/random.hpp"

namespace wavegate::runtime {

/// The operating system's generator: fit for keys.
class SystemRandom final : public Random {
  public:
    std::uint64_t next() override;
    std::string bytes(std::size_t count) override;
};

}  // namespace wavegate::runtime
