#pragma once

#include "operator/base/result.hpp"
#include "operator/model/revision.hpp"

#include <cstddef>
#include <string_view>

namespace wavegate::source {

/// How much of a source is read before it is refused.
struct Limits {
    std::size_t files = 10'000;
    std::size_t file_bytes = 1U << 20U;
    std::size_t total_bytes = 6U << 20U;  ///< what desired::parse reads in two seconds
    std::size_t path_bytes = 255;
};

/// Counts files against the limits before they are read.
class Allowance {
  public:
    explicit Allowance(Limits limits) : limits_(limits) {}
    /// Invalid: this file goes over a limit.
    Result<void> take(std::string_view path, std::size_t bytes);

  private:
    Limits limits_;
    std::size_t files_ = 0;
    std::size_t bytes_ = 0;
};

/// A source that names no file at all is a wrong path or a missing mount: NotFound.
Result<void> require_files(const Revision& revision);

}  // namespace wavegate::source
