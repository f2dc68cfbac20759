#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace wavegate::net {

/// The connections of a server, and which of them gives way when there are too many. Strangers do
/// before those who proved who they are, those who wait before those who are served, the many of
/// one network before the few of another, the eldest before the newest.
class Crowd {
  public:
    struct Guest {
        std::string network;          ///< where it comes from: an IPv4 address, an IPv6 /64
        std::function<void()> leave;  ///< has it end its connection
        bool known = false;           ///< its last request proved who it is
        bool served = false;          ///< a request of it has been read and is not yet answered
        std::size_t holds = 0;        ///< bytes of an answer that it has not yet read
        bool leaving = false;
        std::uint64_t since = 0;  ///< the crowd's count at its arrival or its last answer
    };

    explicit Crowd(std::size_t seats) : seats_(seats) {}

    void enter(Guest& guest);
    void exit(Guest& guest);
    /// It has been answered, and waits for its next request.
    void waits(Guest& guest);

    /// Those who stay: who was told to leave takes no seat.
    [[nodiscard]] std::size_t staying() const;
    [[nodiscard]] bool full() const { return staying() >= seats_; }
    /// Known ones that are served at present.
    [[nodiscard]] std::size_t known_served() const;
    /// Has one leave. False: all are known and served.
    bool make_room();
    /// Has strangers leave, the eldest first but never `except`, until those who stay hold no more
    /// than `limit` bytes.
    void bound_holdings(std::size_t limit, const Guest& except);

  private:
    [[nodiscard]] Guest* who_gives_way() const;
    [[nodiscard]] Guest* eldest(const std::function<bool(const Guest&)>& kind) const;
    [[nodiscard]] std::size_t count(const std::function<bool(const Guest&)>& kind) const;

    std::size_t seats_;
    std::set<Guest*> guests_;
    std::uint64_t turns_ = 0;
};

}  // namespace wavegate::net
