#pragma once

#include "operator/base/result.hpp"
#include "operator/base/time.hpp"

#include <memory>
#include <utility>

namespace wavegate {

/// What a system showed and when, or why it could not be seen. Never "empty" for "unreachable".
/// Copies share what was shown.
template <class T>
class Seen {
  public:
    /// Not looked at yet.
    Seen() : error_(ErrorKind::Unavailable, "not observed yet") {}
    Seen(T value, Time at) : value_(std::make_shared<const T>(std::move(value))), at_(at) {}
    /// The same as was shown before, seen again.
    Seen(const Seen& before, Time at) : value_(before.value_), error_(before.error_), at_(at) {}
    Seen(Error error, Time at) : error_(std::move(error)), at_(at) {}
    Seen(Result<T> result, Time at) : at_(at) {
        if (result) {
            value_ = std::make_shared<const T>(std::move(*result));
        } else {
            error_ = result.take_error();
        }
    }

    [[nodiscard]] bool ok() const { return value_ != nullptr; }
    explicit operator bool() const { return ok(); }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return &*value_; }
    [[nodiscard]] const Error& error() const { return error_; }
    [[nodiscard]] Time at() const { return at_; }

  private:
    std::shared_ptr<const T> value_;
    Error error_;
    Time at_{};
};

}  // namespace wavegate
