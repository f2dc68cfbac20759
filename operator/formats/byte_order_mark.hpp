#pragma once

#include <string_view>

namespace wavegate::formats {

/// UTF-8's, which editors on Windows put before a file's text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace wavegate::formats
