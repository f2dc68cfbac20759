#include "operator/net/patient_transport.hpp"

#include "operator/net/breaker.hpp"
#include "operator/net/deadline.hpp"
#include "operator/net/slots.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavegate::net {
namespace {

bool is_idempotent_read(const HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

bool means_wait(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

bool backend_failed(const Result<HttpResponse>& result) {
    return !result && (result.error().kind() == ErrorKind::Unavailable ||
                       result.error().kind() == ErrorKind::Timeout);
}

/// May the same request be sent again, after that outcome?
bool is_worth_repeating(bool read, const Result<HttpResponse>& result) {
    if (result) {
        return read && means_wait(result->status);
    }
    return backend_failed(result) && (read || result.error().effect() == Effect::None);
}

std::string code_of(const Result<HttpResponse>& result) {
    return result ? std::to_string(result->status) : std::string(to_string(result.error().kind()));
}

}  // namespace

std::optional<Duration> retry_after(const HttpResponse& response) {
    const auto value = response.headers.get("Retry-After");
    if (!value) {
        return std::nullopt;
    }
    std::uint32_t seconds = 0;
    const auto* end = value->data() + value->size();
    const auto [last, code] = std::from_chars(value->data(), end, seconds);
    if (code != std::errc() || last != end) {
        return std::nullopt;
    }
    return std::chrono::seconds(seconds);
}

/// Shared with the coroutines under way, which may be destroyed after the transport itself.
struct PatientTransport::State {
    State(Transport& t, Clock& c, Random& r, Traffic& n, Patience p)
        : inner(t),
          clock(c),
          random(r),
          traffic(n),
          patience(std::move(p)),
          breaker(patience.open_after, patience.open_for),
          slots(std::make_shared<Slots>(patience.max_in_flight)) {}

    /// Ends when the request may start; an error when it may not.
    Task<Slots::Held> turn();
    Task<HttpResponse> attempt(HttpRequest request);
    void note(const Result<HttpResponse>& result);
    [[nodiscard]] Duration pause_after(const Result<HttpResponse>& result, int attempt);

    Transport& inner;
    Clock& clock;
    Random& random;
    Traffic& traffic;
    Patience patience;
    Breaker breaker;
    std::shared_ptr<Slots> slots;
    std::optional<Mono> next_start;
};

Task<Slots::Held> PatientTransport::State::turn() {
    auto slot = co_await slots->take();
    if (!slot) {
        co_return slot.take_error();
    }
    const Mono now = clock.now().mono;
    const Mono start = std::max(now, next_start.value_or(now));
    next_start = start + patience.min_gap;
    auto waited = co_await clock.sleep_until(start);
    if (!waited) {
        co_return waited.take_error();
    }
    if (const auto wait = breaker.refuses(clock.now().mono)) {
        co_return Error(ErrorKind::Unavailable, patience.backend + ": left alone after failures")
            .with_retry_after(*wait);
    }
    co_return std::move(*slot);
}

Task<HttpResponse> PatientTransport::State::attempt(HttpRequest request) {
    auto result = co_await send_within(inner, clock, std::move(request), patience.deadline);
    note(result);
    co_return result;
}

void PatientTransport::State::note(const Result<HttpResponse>& result) {
    traffic.count(patience.backend, code_of(result));
    if (backend_failed(result)) {
        breaker.failed(clock.now().mono);
    } else if (!result && result.error().kind() == ErrorKind::Cancelled) {
        breaker.abandoned();
    } else {
        breaker.succeeded();
    }
}

Duration PatientTransport::State::pause_after(const Result<HttpResponse>& result, int attempt) {
    Duration pause = patience.first_pause;
    for (int i = 1; i < attempt && pause < patience.longest_pause; ++i) {
        pause *= 2;
    }
    pause = std::min(pause, patience.longest_pause);
    const auto half = static_cast<std::uint64_t>(pause.count() / 2);
    pause -= Duration(static_cast<Duration::rep>(random.next() % (half + 1)));
    const auto asked = result ? retry_after(*result) : std::nullopt;
    return std::max(pause, asked.value_or(Duration(0)));
}

PatientTransport::PatientTransport(
    Transport& inner,
    Clock& clock,
    Random& random,
    Traffic& traffic,
    Patience patience)
    : state_(std::make_shared<State>(inner, clock, random, traffic, std::move(patience))) {}

PatientTransport::~PatientTransport() = default;

bool PatientTransport::is_open() const {
    return state_->breaker.is_open();
}

Task<HttpResponse> PatientTransport::send(HttpRequest request) {
    auto state = state_;
    if (request.each) {
        auto streamed = co_await state->inner.send(std::move(request));
        state->traffic.count(state->patience.backend, code_of(streamed));
        co_return streamed;
    }
    const bool read = is_idempotent_read(request);
    const Mono give_up = state->clock.now().mono + state->patience.total;
    std::optional<Result<HttpResponse>> last;
    for (int attempt = 1; attempt <= state->patience.attempts; ++attempt) {
        {
            auto slot = co_await state->turn();
            if (!slot) {
                // An earlier attempt tells more than the breaker that it opened.
                co_return last ? std::move(*last) : Result<HttpResponse>(slot.take_error());
            }
            if (request.good_until && state->clock.now().mono > *request.good_until) {
                co_return Error(
                    ErrorKind::Conflict, state->patience.backend + ": its permit has ended");
            }
            auto copy = request;
            last.emplace(co_await state->attempt(std::move(copy)));
        }
        const Duration pause = state->pause_after(*last, attempt);
        const Mono next = state->clock.now().mono + pause;
        const bool last_one = attempt == state->patience.attempts || next > give_up;
        if (last_one || !is_worth_repeating(read, *last)) {
            break;
        }
        auto waited = co_await state->clock.sleep_until(next);
        if (!waited) {
            const Effect effect = *last ? Effect::Maybe : last->error().effect();
            co_return waited.take_error().with_effect(effect);
        }
    }
    co_return std::move(*last);
}

}  // namespace wavegate::net
