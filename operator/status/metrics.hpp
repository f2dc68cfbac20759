#pragma once

#include "operator/status/view.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace wavegate::status {

/// How long passes took, in the buckets of a Prometheus histogram.
class PassTimes {
  public:
    /// Upper bounds in milliseconds; one more bucket takes the rest.
    static constexpr std::array<int, 9> kBounds{50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000};

    void observe(Duration took);
    /// Passes that took at most `kBounds[bound]`.
    [[nodiscard]] std::uint64_t up_to(std::size_t bound) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] Duration sum() const { return sum_; }

  private:
    std::array<std::uint64_t, kBounds.size() + 1> counts_{};
    std::uint64_t count_ = 0;
    Duration sum_{};
};

struct Passes {
    std::uint64_t failed = 0;  ///< ended by an exception
    PassTimes times;           ///< of all passes
};

/// What a View does not count. All of this process, from its start.
struct Counters {
    Passes passes;
    /// Requests to backends by backend and code, as net::Traffic keeps them.
    std::map<std::pair<std::string, std::string>, std::uint64_t> requests;
    std::map<std::pair<CheckKind, Verdict>, std::uint64_t> gate_results;

    /// Adds the ledger's evidence taken after `since`; gives the newest time seen.
    Wall count_evidence(const Ledger& ledger, Wall since);
};

/// Prometheus text format 0.0.4 (design §10 names the metrics).
std::string metrics_text(const View& view, const Counters& counters);

}  // namespace wavegate::status
