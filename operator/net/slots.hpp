#pragma once

#include "operator/base/resumption.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace wavegate::net {

/// At most `count` holders at once; the others wait in order of arrival.
class Slots : public std::enable_shared_from_this<Slots> {
  public:
    /// Gives its place to the next when it goes.
    class Held {
      public:
        explicit Held(std::shared_ptr<Slots> from) : from_(std::move(from)) {}
        ~Held() {
            if (from_) {
                from_->give_back();
            }
        }
        Held() = default;
        Held(Held&& other) noexcept = default;
        Held& operator=(Held&&) = delete;
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;

      private:
        std::shared_ptr<Slots> from_;
    };

    explicit Slots(int count) : free_(count) {}

    /// Cancelled: the wait was cancelled.
    Task<Held> take();

  private:
    void give_back();
    void leave(std::uint64_t ticket);

    int free_;
    std::uint64_t next_ticket_ = 0;
    std::map<std::uint64_t, Resumption<bool>> waiting_;
};

}  // namespace wavegate::net
