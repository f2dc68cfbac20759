#pragma once

#include <boost/json/array.hpp>

#include <optional>
#include <string>

namespace wavegate::testing {

/// What `docker stack deploy` makes of each case {"files": [text, …], "env": {…}}: {"services":
/// {name: spec}} or {"refused": words}. Nothing where the CLI or Python is not there.
std::optional<boost::json::array> deployed_by_docker(const boost::json::array& cases);

}  // namespace wavegate::testing
