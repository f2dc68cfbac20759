#pragma once

#include "operator/desired/parse.hpp"

#include <string>
#include <vector>

namespace wavegate::desired {

/// One change of the small fleet's files.
struct Change {
    std::string file;
    std::string from;  ///< empty: the whole file, made if it is not there
    std::string to;
};

/// A good desired state: four services in two waves, one client, one policy.
Revision small_fleet();
/// The same with changes; a text that is not there fails the test.
Revision small_fleet(const std::vector<Change>& changes);

/// What parse finds, one line each.
std::string findings(const Revision& revision);

/// The files of a folder of this repository.
Revision folder(const std::string& path);

}  // namespace wavegate::desired
