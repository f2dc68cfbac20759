#include "operator/base/file_error.hpp"

#include <fmt/format.h>

#include <system_error>

namespace wavegate {

Error unreadable(std::string_view path, int number) {
    const auto why =
        number == 0 ? std::string("unknown error") : std::generic_category().message(number);
    return {ErrorKind::Invalid, fmt::format("{}: can't be read: {}", path, why)};
}

}  // namespace wavegate
