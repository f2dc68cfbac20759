#pragma once

#include "operator/ports/transport.hpp"

#include <memory>

namespace wavegate::sandbox {

class Network;

/// A sender's end of the World's network. The sender runs on an io_context of its own: a request
/// that was sent is handled whether the sender still waits, was cancelled or is gone.
class MemoryTransport final : public Transport {
  public:
    explicit MemoryTransport(Network& network);
    ~MemoryTransport() override;
    MemoryTransport(const MemoryTransport&) = delete;
    MemoryTransport& operator=(const MemoryTransport&) = delete;

    Task<HttpResponse> send(HttpRequest request) override;

    /// From now on every request is refused, and counted.
    void sever();
    [[nodiscard]] std::size_t refused() const;
    /// Destroys the coroutines that wait for an answer.
    void drop_pending();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace wavegate::sandbox
