#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wavegate::serve {

/// The files of operator/serve/web/ by name, put into the binary at build.
const std::map<std::string, std::string, std::less<>>& assets();
/// By the name's ending.
std::string_view media_type(std::string_view name);

}  // namespace wavegate::serve
