#pragma once

#include "operator/ports/transport.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wavegate::testing {

/// What the other side does with the one request it gets.
enum class Scene {
    Answers,       ///< 200, header X-Seen: <method>, body "hello"
    Unavailable,   ///< 503: an answer like any other
    Refuses,       ///< nobody listens
    LosesRequest,  ///< the connection is cut before the request is read
    LosesReply,    ///< the request is handled, then the connection is cut
    Truncates,     ///< half of the announced answer
    Hangs,         ///< handled, never answered
    Streams,       ///< two events; what comes after them is of no interest
    Opens,         ///< the head of a stream in which nothing ever comes
};

/// The same scenes over a real socket and in memory.
class TransportStage {
  public:
    virtual ~TransportStage() = default;
    /// Sends to a server that plays `scene`. The request's URL is only a path.
    /// `cancel`: the sender is cancelled while it waits.
    virtual Result<HttpResponse> send(Scene scene, HttpRequest request, bool cancel) = 0;
    /// The same with a deadline of 200 ms.
    virtual Result<HttpResponse> send_within_deadline(Scene scene, HttpRequest request) = 0;
    /// How many requests the server has handled.
    virtual int handled() = 0;
};

std::unique_ptr<TransportStage> memory_stage();
std::unique_ptr<TransportStage> curl_stage();

}  // namespace wavegate::testing
