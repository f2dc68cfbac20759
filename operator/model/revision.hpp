#pragma once

#include <map>
#include <string>

namespace wavegate {

/// How a fetched revision relates to the one that was asked about. Unknown: not as far as its
/// history was searched. Only First, Same and Descends are taken without a person.
enum class Ancestry { First, Same, Descends, Diverged, Unknown };

/// The files of one commit (or of a plain folder), as bytes.
struct Revision {
    std::string id;
    Ancestry ancestry = Ancestry::First;
    std::map<std::string, std::string> files;  ///< path below the source's path → content
};

}  // namespace wavegate
