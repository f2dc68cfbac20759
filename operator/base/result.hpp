#pragma once

#include "operator/base/error.hpp"

#include <boost/system/result.hpp>

#include <type_traits>
#include <utility>

namespace wavegate {

[[noreturn]] void throw_error(const Error& error);

/// Boost.System calls this when `value()` is asked of a failed result: a bug of ours.
[[noreturn]] inline void throw_exception_from_error(
    const Error& error,
    const boost::source_location& /*where*/) {
    throw_error(error);
}

/// A value or an Error. Derived, not aliased, so that a dropped result is a warning.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
  public:
    using Base = boost::system::result<T, Error>;
    using Base::Base;

    /// The same failure in a result of another type.
    [[nodiscard]] Error take_error() { return std::move(*this).error(); }
};

template <>
class [[nodiscard]] Result<void> : public boost::system::result<void, Error> {
  public:
    using Base = boost::system::result<void, Error>;
    using Base::Base;
    Result() = default;

    [[nodiscard]] Error take_error() { return std::move(*this).error(); }
};

}  // namespace wavegate
