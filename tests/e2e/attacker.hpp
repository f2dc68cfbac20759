#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A server that somebody else runs, on a loopback port of its own: it takes whatever is sent to
/// it over plain HTTP, keeps it, and answers as the test says.
class Attacker {
  public:
    /// The body of a 200 to a request (head and body, as it came).
    using Reply = std::function<std::string(const std::string& request)>;

    /// Without `reply`: an empty JSON object.
    explicit Attacker(Reply reply = nullptr);
    ~Attacker();
    Attacker(const Attacker&) = delete;
    Attacker& operator=(const Attacker&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// "http://NAME.localhost:PORT"
    [[nodiscard]] std::string url(const std::string& name = "attacker") const;

    /// Every request so far, head and body, in order; what came of one that was cut.
    [[nodiscard]] std::vector<std::string> heard() const;
    /// Did any request hold this text, as it is, percent-encoded or in Base64?
    [[nodiscard]] bool heard(const std::string& secret) const;

  private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace wavegate::testing
