#pragma once

#include "operator/model/observed.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::importer {

/// Something that runs and that no document says, and why.
struct Leftover {
    std::string object;  ///< "policy mcp-default-policy", "service web_nginx"
    std::string why;
    friend bool operator<(const Leftover& a, const Leftover& b) { return a.object < b.object; }
    friend bool operator==(const Leftover&, const Leftover&) = default;
};

/// What was read of a running fleet: everything that an import knows. Values of environments are
/// secrets; the few that may be told are named in survey.hpp.
struct LiveFleet {
    std::string name;         ///< as a person asked for it; empty: as marks say
    FleetSpec systems;        ///< the systems' addresses and references, and nothing else of it
    std::string service_url;  ///< the fleet's pattern, as http://{name}.arpa/mcp
    std::vector<Leftover> addresses;  ///< of operator.yaml, where nothing was understood
    std::vector<StackView> stacks;
    std::map<std::string, std::string> unread;  ///< stack → why its file could not be read
    SwarmView swarm;
    std::vector<Policy> policies;
    std::map<std::string, std::optional<ClientView>> clients;  ///< those that were asked for
    std::vector<std::string> vault_paths;      ///< where a client's secret was looked for, in order
    std::map<std::string, std::string> vault;  ///< which of these hold an entry → whose mark it has
};

}  // namespace wavegate::importer
