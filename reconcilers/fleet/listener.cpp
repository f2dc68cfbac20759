#include "reconcilers/fleet/listener.hpp"

#include "operator/base/log.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::fleet {
namespace {

/// Between two rings.
constexpr Duration kApart = std::chrono::seconds(1);
/// From the end of one update to that of the last one that is seen with it.
constexpr Duration kEndTogether = std::chrono::milliseconds(250);
/// For the answer's head, which Docker sends at once: who waits longer has a proxy before him that
/// keeps the answer until it ends.
constexpr Duration kOpening = std::chrono::seconds(10);
/// A stream is silent when nothing happens, and as silent when its other end is gone. A new one
/// costs two requests and a pass.
constexpr Duration kLife = std::chrono::minutes(10);
/// One that lived so long was a good one.
constexpr Duration kGood = std::chrono::minutes(1);
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::minutes(5);

/// Is it so until somebody does something about it?
bool is_refused(const Result<void>& ended) {
    return !ended && (ended.error().kind() == ErrorKind::NotFound ||
                      ended.error().kind() == ErrorKind::Denied ||
                      ended.error().kind() == ErrorKind::Invalid);
}

}  // namespace

struct Listener::Stream {
    Mono began{};
    Duration lived{};
    bool open = false;
};

Listener::Listener(
    Clock& clock,
    Random* random,
    std::function<void(Stacks::Hint::Kind)> ring,
    std::function<bool(const std::string&)> is_awaited)
    : clock_(clock), random_(random), ring_(std::move(ring)), is_awaited_(std::move(is_awaited)) {}

void Listener::listen(const asio::any_io_executor& executor, std::shared_ptr<Backends> backends) {
    if (backends == backends_) {
        return;
    }
    cancel();
    backends_ = std::move(backends);
    if (tasks_ == nullptr) {
        tasks_ = std::make_unique<TaskGroup>(executor);
    }
    tasks_->spawn("events", follow(backends_));
    tasks_->spawn("events' bell", pass_on());
}

bool Listener::hears() const {
    return stream_ != nullptr && stream_->open;
}

void Listener::cancel() {
    backends_ = nullptr;
    stream_ = nullptr;
    if (tasks_ != nullptr) {
        tasks_->cancel();
    }
}

asio::awaitable<void> Listener::join() {
    if (tasks_ != nullptr) {
        co_await tasks_->join();
    }
}

asio::awaitable<void> Listener::follow(std::shared_ptr<Backends> backends) {
    while (true) {
        auto stream = std::make_shared<Stream>();
        stream->began = clock_.now().mono;
        stream_ = stream;
        const auto ended = co_await one_stream(*backends, stream);
        stream->lived = clock_.now().mono - stream->began;
        stream_ = nullptr;
        gap_ = gap_ || stream->open;
        log_end(*stream, ended);
        const auto pause = pause_after(*stream, ended);
        const auto waited = co_await clock_.sleep_until(clock_.now().mono + pause);
        if (!waited) {
            co_return;
        }
    }
}

Task<void> Listener::one_stream(Backends& backends, std::shared_ptr<Stream> stream) {
    using asio::experimental::awaitable_operators::operator||;
    auto tell = teller(stream);
    auto first = co_await (backends.stacks->watch(std::move(tell)) || give_up_in_time(stream));
    if (first.index() == 0) {
        co_return std::move(std::get<0>(first));
    }
    if (!stream->open) {
        co_return Error(ErrorKind::Timeout, "no answer");
    }
    co_return Result<void>();
}

asio::awaitable<void> Listener::give_up_in_time(std::shared_ptr<Stream> stream) {
    const auto waited = co_await clock_.sleep_until(stream->began + kOpening);
    if (waited && stream->open) {
        static_cast<void>(co_await clock_.sleep_until(stream->began + kLife));
    }
}

std::function<void(Stacks::Hint)> Listener::teller(std::shared_ptr<Stream> stream) {
    return [this, stream = std::move(stream)](const Stacks::Hint& hint) {
        // What happened between two streams was told to nobody.
        const bool missed = !stream->open && std::exchange(gap_, false);
        stream->open = true;
        if (missed) {
            ring_by(clock_.now().mono, Stacks::Hint::Kind::Changed);
        }
        hear(hint);
    };
}

void Listener::hear(const Stacks::Hint& hint) {
    const auto now = clock_.now().mono;
    switch (hint.kind) {
        case Stacks::Hint::Kind::Open:
            break;
        case Stacks::Hint::Kind::Changed:
            if (!is_awaited_(hint.service)) {
                ring_by(now, hint.kind);
            }
            break;
        case Stacks::Hint::Kind::Ended:
            ring_by(now + kEndTogether, hint.kind);
            break;
    }
}

void Listener::ring_by(Mono due, Stacks::Hint::Kind heard) {
    due_ = std::min(due_.value_or(due), due);
    what_ = heard == Stacks::Hint::Kind::Changed ? heard : what_;
    heard_.ring();
}

asio::awaitable<void> Listener::pass_on() {
    using asio::experimental::awaitable_operators::operator||;
    while (true) {
        co_await heard_.wait();
        if (!due_) {
            continue;
        }
        while (clock_.now().mono < *due_) {
            co_await (clock_.sleep_until(*due_) || heard_.wait());
        }
        due_.reset();
        ring_(std::exchange(what_, Stacks::Hint::Kind::Ended));
        const auto waited = co_await clock_.sleep_until(clock_.now().mono + kApart);
        if (!waited) {
            co_return;
        }
    }
}

/// Doubled while streams are cut soon; the last half of it is random.
Duration Listener::pause_after(const Stream& stream, const Result<void>& ended) {
    const bool good = stream.open && stream.lived >= kGood;
    pause_ = good ? kFirstPause : std::clamp(2 * pause_, kFirstPause, kLongestPause);
    pause_ = is_refused(ended) ? kLongestPause : pause_;
    const auto half = static_cast<std::uint64_t>(pause_.count() / 2);
    const auto less = random_ == nullptr ? 0 : random_->next() % (half + 1);
    return pause_ - Duration(static_cast<Duration::rep>(less));
}

/// Once, until one was good again.
void Listener::log_end(const Stream& stream, const Result<void>& ended) {
    if (stream.open && stream.lived >= kGood) {
        said_ = false;
    } else if (!ended && !std::exchange(said_, true)) {
        log::info(
            "Swarm's events can't be followed, so that it is looked at in turn only: {}",
            ended.error().message());
    }
}

}  // namespace wavegate::fleet
