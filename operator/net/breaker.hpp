#pragma once

#include "operator/base/time.hpp"

#include <optional>

namespace wavegate::net {

/// Circuit breaker: after `open_after` failures in a row it lets nothing through for `open_for`,
/// then one request as a probe, whose outcome closes or opens it again (a probe that never ends
/// counts for `open_for`). 0: never opens.
class Breaker {
  public:
    Breaker(int open_after, Duration open_for) : open_after_(open_after), open_for_(open_for) {}

    /// Asks for leave to send: nothing, or how long to wait.
    std::optional<Duration> refuses(Mono now);
    void succeeded();
    void failed(Mono now);
    /// The request ended without telling anything about the backend (cancelled).
    void abandoned() { probing_since_.reset(); }

    [[nodiscard]] bool is_open() const { return opened_.has_value(); }

  private:
    int open_after_;
    Duration open_for_;
    int failures_ = 0;
    std::optional<Mono> opened_;
    std::optional<Mono> probing_since_;
};

}  // namespace wavegate::net
