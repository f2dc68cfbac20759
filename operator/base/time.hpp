#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wavegate {

using Duration = std::chrono::milliseconds;

/// Tags the monotonic time line; only `Clock` makes points on it.
struct MonoTimeline {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonoTimeline>;
    static constexpr bool is_steady = true;
};

/// Calendar time, UTC, milliseconds: for people, tokens and files. May jump.
using Wall = std::chrono::time_point<std::chrono::system_clock, Duration>;
/// Time that only moves forward: for deadlines, soaks and ages. Means nothing after a restart.
using Mono = MonoTimeline::time_point;

struct Time {
    Wall wall;
    Mono mono;
    friend bool operator==(const Time&, const Time&) = default;
};

/// "2026-11-24T08:00:00.000Z"
std::string to_rfc3339(Wall wall);
/// Accepts up to nanoseconds and any offset; nothing when it is no RFC 3339 time.
std::optional<Wall> parse_rfc3339(std::string_view text);
/// "90s" → "1m30s", as Go and Kubernetes print durations; milliseconds only when there are some.
std::string to_text(Duration duration);
/// Go's durations ("1m30s", "1.5h", "250ms") and whole days ("30d"); no bare numbers, no sign.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace wavegate
