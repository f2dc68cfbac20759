#pragma once

#include <cstdint>
#include <string>

namespace wavegate {

/// The only source of randomness: a seed in tests, the operating system otherwise.
class Random {
  public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
    /// `count` bytes fit for keys and tokens.
    virtual std::string bytes(std::size_t count) = 0;
};

}  // namespace wavegate
