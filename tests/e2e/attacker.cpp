#include "tests/e2e/attacker.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace wavegate::testing {
namespace {

/// How long the rest of a request may take to come, in milliseconds.
constexpr int kPatience = 2'000;

/// Length of the body as the head says; without it, nothing follows.
std::size_t body_length(const std::string& head) {
    const auto lower = to_lower(head);
    constexpr std::string_view field = "content-length:";
    const auto at = lower.find(field);
    std::size_t length = 0;
    if (at != std::string::npos) {
        const auto digits = trim(std::string_view(lower).substr(
            at + field.size(), lower.find('\r', at) - at - field.size()));
        std::from_chars(digits.data(), digits.data() + digits.size(), length);
    }
    return length;
}

bool is_whole(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    return end != std::string::npos &&
           request.size() >= end + 4 + body_length(request.substr(0, end + 2));
}

std::string receive(int connection) {
    std::string request;
    std::array<char, 4096> piece{};
    pollfd waiting{connection, POLLIN, 0};
    while (!is_whole(request) && ::poll(&waiting, 1, kPatience) > 0) {
        const auto count = ::recv(connection, piece.data(), piece.size(), 0);
        if (count <= 0) {
            break;
        }
        request.append(piece.data(), static_cast<std::size_t>(count));
    }
    return request;
}

/// In which words a secret of three bytes or more stands within longer Base64: whatever stands
/// before it shifts it by one of three steps, and its edges mix with their neighbours.
std::vector<std::string> inside_base64(const std::string& secret) {
    std::vector<std::string> words;
    for (std::size_t before = 0; before < 3; ++before) {
        auto word = base64_encode(std::string(before, 'x') + secret);
        const auto sure = ((before + secret.size()) * 8) / 6;
        words.push_back(word.substr(before == 0 ? 0 : before + 1, sure - before - 1));
    }
    return words;
}

}  // namespace

class Attacker::Listener {
  public:
    explicit Listener(Reply reply) : reply_(std::move(reply)) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* name = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, name, size) != 0 || ::listen(socket_, 64) != 0 ||
            ::getsockname(socket_, name, &size) != 0) {
            throw std::runtime_error("no port to listen on");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { take_all(); });
    }
    ~Listener() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<std::string> heard() const {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

  private:
    void take_all() {
        for (int connection = 0;
             (connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            const auto request = receive(connection);
            {
                const std::lock_guard lock(mutex_);
                heard_.push_back(request);
            }
            const auto body = reply_ ? reply_(request) : "{}";
            const auto answer = fmt::format(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                "Connection: close\r\n\r\n{}",
                body.size(),
                body);
            static_cast<void>(::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
            ::close(connection);
        }
    }

    Reply reply_;
    int socket_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> heard_;
    std::thread thread_;
};

Attacker::Attacker(Reply reply) : listener_(std::make_unique<Listener>(std::move(reply))) {}

Attacker::~Attacker() = default;

std::uint16_t Attacker::port() const {
    return listener_->port();
}

std::string Attacker::url(const std::string& name) const {
    return fmt::format("http://{}.localhost:{}", name, port());
}

std::vector<std::string> Attacker::heard() const {
    return listener_->heard();
}

bool Attacker::heard(const std::string& secret) const {
    auto words = inside_base64(secret);
    words.push_back(secret);
    words.push_back(percent_encode(secret));
    const auto requests = heard();
    return std::any_of(requests.begin(), requests.end(), [&](const std::string& request) {
        return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
            return request.find(word) != std::string::npos;
        });
    });
}

}  // namespace wavegate::testing
