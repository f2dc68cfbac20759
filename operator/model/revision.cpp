#include "operator/model/revision.hpp"

#include "operator/base/text.hpp"

#include <algorithm>

namespace wavegate {

bool is_hidden(std::string_view path) {
    return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

bool is_desired_file(std::string_view path) {
    const auto end = to_lower(path.substr(path.size() - std::min<std::size_t>(path.size(), 5)));
    return !is_hidden(path) && (end.ends_with(".yaml") || end.ends_with(".yml"));
}

}  // namespace wavegate
