#include "operator/serve/feed.hpp"

#include "operator/base/doorbell.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace wavegate::serve {

struct Feed::Source {
    Source(Clock& c, Newest text, Duration beat, Duration least)
        : clock(c), newest(std::move(text)), heartbeat(beat), pace(least) {}

    Clock& clock;
    Newest newest;
    Duration heartbeat;
    Duration pace;
    std::set<Stream*> streams;
    std::uint64_t published = 0;
};

struct Feed::Stream {
    Stream(std::shared_ptr<Source> from, bool reader_is_known)
        : source(std::move(from)), known(reader_is_known) {
        source->streams.insert(this);
        sent = source->clock.now().mono - source->pace;
        seen = source->published;
    }
    ~Stream() { source->streams.erase(this); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    std::shared_ptr<Source> source;
    bool known;
    Doorbell bell;
    Mono sent{};  ///< the last event
    std::uint64_t seen = 0;
};

Feed::Feed(Clock& clock, Newest text, Duration heartbeat, Duration pace)
    : source_(std::make_shared<Source>(clock, std::move(text), heartbeat, pace)) {}

void Feed::publish() {
    ++source_->published;
    for (auto* stream : source_->streams) {
        stream->bell.ring();
    }
}

std::string Feed::newest() const {
    return source_->newest();
}

net::NextPiece Feed::open(bool known) {
    auto stream = std::make_shared<Stream>(source_, known);
    return [stream] { return next(stream); };
}

std::size_t Feed::streams(bool known) const {
    const auto& streams = source_->streams;
    return static_cast<std::size_t>(
        std::count_if(streams.begin(), streams.end(), [known](const Stream* stream) {
            return stream->known == known;
        }));
}

Task<std::optional<std::string>> Feed::next(std::shared_ptr<Stream> stream) {
    using asio::experimental::awaitable_operators::operator||;
    auto& source = *stream->source;
    auto& clock = source.clock;
    const Mono beat = clock.now().mono + source.heartbeat;
    // A ring may be of an event that went out already, while the stream kept its pace.
    while (stream->seen == source.published) {
        const auto first = co_await (stream->bell.wait() || clock.sleep_until(beat));
        if (first.index() != 0) {
            co_return std::optional<std::string>(": heartbeat\n\n");
        }
    }
    const Mono earliest = stream->sent + source.pace;
    if (clock.now().mono < earliest) {
        const auto waited = co_await clock.sleep_until(earliest);
        if (!waited) {
            co_return waited.error();
        }
    }
    stream->sent = clock.now().mono;
    stream->seen = source.published;
    co_return std::optional<std::string>(source.newest());
}

}  // namespace wavegate::serve
