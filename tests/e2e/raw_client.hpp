#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace wavegate::testing {

/// A TCP client on loopback that says any bytes at any pace.
class RawClient {
  public:
    /// `address` is "127.0.0.1:PORT", of the target.
    explicit RawClient(const std::string& address);
    ~RawClient();
    RawClient(RawClient&& other) noexcept;
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    [[nodiscard]] bool connected() const { return socket_ >= 0; }
    /// How many bytes went out before the other side took no more for a second, or hung up.
    std::size_t say(const std::string& text);
    /// All that is heard until the other side hangs up, or `limit` has passed.
    std::string hear(std::chrono::milliseconds limit);
    /// As far as the answer's head.
    std::string hear_head(std::chrono::milliseconds limit);

  private:
    std::string hear_until(const std::string& mark, std::chrono::milliseconds limit);
    int socket_ = -1;
};

}  // namespace wavegate::testing
