#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wavegate {

/// What went wrong, as far as a caller has to act differently on it.
enum class ErrorKind {
    Invalid,      ///< the request or the input is wrong; repeating it will not help
    NotFound,     ///< the object is not there
    Conflict,     ///< somebody else changed it, or it exists already: observe anew
    Denied,       ///< credentials missing, wrong or too weak
    Throttled,    ///< the other side asks to slow down
    Unavailable,  ///< refused, sealed, 502/503/504, name not resolved
    Timeout,      ///< our own deadline passed
    Cancelled,    ///< we gave up on purpose (stop, supersession)
    Protocol,     ///< an answer that this protocol does not allow
    Internal,     ///< a bug of ours
};

std::string_view to_string(ErrorKind kind);

/// May the request have changed something on the other side?
enum class Effect { None, Maybe };

/// Carries fixed text and field names only: never a response body, never a secret.
class Error {
  public:
    Error() = default;
    Error(ErrorKind kind, std::string message, Effect effect = Effect::None)
        : kind_(kind), effect_(effect), message_(std::move(message)) {}

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    [[nodiscard]] Effect effect() const { return effect_; }
    [[nodiscard]] const std::string& message() const { return message_; }
    /// HTTP status of the answer, or 0 when there was none.
    [[nodiscard]] int status() const { return status_; }
    /// How long the other side asked us to wait.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry_after() const {
        return retry_after_;
    }

    Error with_effect(Effect effect) && {
        effect_ = effect;
        return std::move(*this);
    }
    Error with_status(int status) && {
        status_ = status;
        return std::move(*this);
    }
    Error with_retry_after(std::chrono::milliseconds wait) && {
        retry_after_ = wait;
        return std::move(*this);
    }
    /// Puts what was being done in front: "portainer: list stacks: refused".
    Error in(std::string_view context) && {
        message_ = std::string(context) + ": " + message_;
        return std::move(*this);
    }

  private:
    ErrorKind kind_ = ErrorKind::Internal;
    Effect effect_ = Effect::None;
    int status_ = 0;
    std::optional<std::chrono::milliseconds> retry_after_;
    std::string message_;
};

}  // namespace wavegate
