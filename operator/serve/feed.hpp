#pragma once

#include "operator/net/server.hpp"
#include "operator/ports/clock.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wavegate::serve {

/// One writer, many streams of server-sent events. A stream that is slower than the writer skips
/// to the newest. One executor; streams may outlive the Feed.
class Feed {
  public:
    /// `text` gives the newest event as it goes over the wire.
    using Newest = std::function<std::string()>;
    Feed(Clock& clock, Newest text, Duration heartbeat, Duration pace);

    /// Every stream gets the newest event.
    void publish();
    /// The newest event, for a stream's beginning.
    [[nodiscard]] std::string newest() const;
    /// A stream that begins with the next event, for somebody known or for a stranger.
    [[nodiscard]] net::NextPiece open(bool known);
    /// Streams that such are reading at present.
    [[nodiscard]] std::size_t streams(bool known) const;

  private:
    struct Source;
    struct Stream;
    static Task<std::optional<std::string>> next(std::shared_ptr<Stream> stream);

    std::shared_ptr<Source> source_;
};

}  // namespace wavegate::serve
