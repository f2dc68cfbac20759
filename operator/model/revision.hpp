#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wavegate {

/// How a fetched revision relates to the one that was asked about. Unknown: not as far as its
/// history was searched. Only First, Same and Descends are taken without a person.
enum class Ancestry { First, Same, Descends, Diverged, Unknown };
std::string_view to_string(Ancestry ancestry);

/// The files of one commit (or of a plain folder), as bytes.
struct Revision {
    std::string id;
    Ancestry ancestry = Ancestry::First;
    std::map<std::string, std::string> files;  ///< path below the source's path → content
};

/// Does a part of this path ("fleet/a.yaml") begin with a dot? Hidden files and folders (CI
/// settings, a mounted ConfigMap's "..data") are no desired state.
bool is_hidden(std::string_view path);
/// Is it a YAML file (*.yaml, *.yml, in capitals too) that is not hidden?
bool is_desired_file(std::string_view path);

}  // namespace wavegate
