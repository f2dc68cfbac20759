#pragma once

#include "operator/base/result.hpp"
#include "operator/formats/yaml.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// The keys on the way from the top of a YAML text to a value; all above it are maps.
using YamlPath = std::vector<std::string>;

// Both change what stands at one place of a YAML text that is a map, and not a byte outside its
// lines; maps that are missing on the way are made behind a plain line of the one above. Invalid,
// with the line: an alias, anchor, tag, merge key, tab or several lines in the way. The result is
// parsed again and compared before it is returned.

/// Sets one value on one line.
Result<std::string>
set_yaml_value(std::string_view text, const YamlPath& path, const std::string& value);

/// Puts `first` before a list's items and takes out those that are not kept.
Result<std::string> change_yaml_list(
    std::string_view text,
    const YamlPath& path,
    const std::string& first,
    const std::function<bool(const YamlNode&)>& keep);

}  // namespace wavegate::formats
