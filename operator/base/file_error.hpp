#pragma once

#include "operator/base/error.hpp"

#include <string_view>

namespace wavegate {

/// Invalid, "PATH: can't be read: Permission denied". `number`: errno as the failed call left it.
Error unreadable(std::string_view path, int number);

}  // namespace wavegate
