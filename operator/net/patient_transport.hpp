#pragma once

#include "operator/base/time.hpp"
#include "operator/net/traffic.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/random.hpp"
#include "operator/ports/transport.hpp"

#include <memory>
#include <optional>
#include <string>

namespace wavegate::net {

/// How one backend is to be treated.
struct Patience {
    std::string backend;        ///< its name in counters and errors: "portainer"
    Duration deadline{10'000};  ///< for each attempt
    Duration total{60'000};     ///< no attempt begins later than this after the first
    int attempts = 3;           ///< 1: no retries
    Duration first_pause{250};  ///< doubled each time; the last half of it is random
    Duration longest_pause{15'000};
    int max_in_flight = 4;  ///< the others wait in order
    Duration min_gap{0};    ///< between the starts of two requests
    int open_after = 5;     ///< failures in a row that open the breaker; 0: never
    Duration open_for{15'000};
};

/// Deadline, pace, retry and circuit breaker above any transport, for one backend. Repeats only
/// what is harmless: GET and HEAD that found nobody, timed out or were answered by 429, 502, 503
/// or 504 (waiting as long as Retry-After says), and anything that was certainly not sent.
/// What is past its `good_until` when its turn comes, at any attempt, is not sent: Conflict/None.
/// The last answer or error is given as it is; Timeout/Maybe after the deadline; while the breaker
/// is open Unavailable/None, with retry_after.
/// A streamed answer (HttpRequest::each) passes as it is: it takes nobody's place, and tells the
/// breaker nothing.
class PatientTransport final : public Transport {
  public:
    PatientTransport(
        Transport& inner,
        Clock& clock,
        Random& random,
        Traffic& traffic,
        Patience patience);
    ~PatientTransport() override;
    PatientTransport(const PatientTransport&) = delete;
    PatientTransport& operator=(const PatientTransport&) = delete;

    Task<HttpResponse> send(HttpRequest request) override;

    /// The backend is being left alone after failures in a row.
    [[nodiscard]] bool is_open() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// What an answer's Retry-After says in seconds; dates are not understood.
std::optional<Duration> retry_after(const HttpResponse& response);

}  // namespace wavegate::net
