#include "tests/e2e/raw_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace wavegate::testing {
namespace {

bool is_ready(int socket, short what, std::chrono::milliseconds limit) {
    pollfd wanted{socket, what, 0};
    return ::poll(&wanted, 1, static_cast<int>(limit.count())) == 1;
}

}  // namespace

RawClient::RawClient(const std::string& address)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        ::close(socket_);
        socket_ = -1;
    }
}

RawClient::RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

RawClient::~RawClient() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

std::size_t RawClient::say(const std::string& text) {
    constexpr std::chrono::milliseconds patience{1'000};
    std::size_t sent = 0;
    while (sent < text.size() && is_ready(socket_, POLLOUT, patience)) {
        const auto count =
            ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count <= 0) {
            break;
        }
        sent += static_cast<std::size_t>(count);
    }
    return sent;
}

std::string RawClient::hear(std::chrono::milliseconds limit) {
    return hear_until({}, limit);
}

std::string RawClient::hear_head(std::chrono::milliseconds limit) {
    return hear_until("\r\n\r\n", limit);
}

std::string RawClient::hear_until(const std::string& mark, std::chrono::milliseconds limit) {
    std::string heard;
    std::array<char, 4096> piece{};
    while (is_ready(socket_, POLLIN, limit)) {
        const auto count = ::recv(socket_, piece.data(), piece.size(), 0);
        if (count <= 0) {
            break;
        }
        heard.append(piece.data(), static_cast<std::size_t>(count));
        if (!mark.empty() && heard.find(mark) != std::string::npos) {
            break;
        }
    }
    return heard;
}

}  // namespace wavegate::testing
