#pragma once

#include "operator/sandbox/portainer/substitution.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// A network, secret or config that a compose file names.
struct ComposeObject {
    bool external = false;
    std::string name;  ///< in the Swarm
    std::string file;  ///< where a config's or secret's content stands
};

struct ComposeFile {
    /// Swarm specs by service key, with images as written and networks by name.
    std::map<std::string, boost::json::object> services;
    std::map<std::string, ComposeObject> networks;
    std::map<std::string, ComposeObject> secrets;
    std::map<std::string, ComposeObject> configs;
    std::map<std::string, std::vector<std::string>> service_secrets;
    std::map<std::string, std::vector<std::string>> service_configs;
};

/// Thrown with the CLI's own words.
struct ComposeError {
    std::string message;
};

/// Reads a compose file as `docker stack deploy` does, variables put in. This is the double's own
/// reading: it shares nothing with operator/formats. Throws ComposeError.
ComposeFile read_compose_file(
    std::string_view text,
    const std::string& stack,
    const EnvList& env,
    const std::string& project_path);

}  // namespace wavegate::sandbox
