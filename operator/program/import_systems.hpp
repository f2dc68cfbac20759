#pragma once

#include "operator/importer/live_fleet.hpp"
#include "operator/program/wiring.hpp"

#include <string>
#include <vector>

namespace wavegate::program {

/// What a person says of an import; the rest is found.
struct ImportOptions {
    std::string folder;
    std::string fleet;                   ///< its name; empty: as marks say
    std::string environment;             ///< Portainer's; empty: the only Swarm
    std::string realm;                   ///< Keycloak's; empty: as services' issuers say, or master
    std::string client_id = "wavegate";  ///< the operator's own
    std::string mount = "kv";
    std::string service_url;  ///< pattern; empty: as operator.yaml's probes say
    bool force = false;
};

/// A system that operator.yaml names: an origin that a reference may go to, and what answers there.
struct Place {
    enum class Kind { Portainer, Keycloak, OpenBao, Eunomia, Grafana, Unknown };
    Kind kind = Kind::Unknown;
    std::string url;
    std::vector<std::string> references;  ///< that may go there, as operator.yaml lists them
    std::string answer;                   ///< of Unknown: what came instead
};

/// Asks each origin of operator.yaml's references what it is; no credential is sent for that.
/// `realm`: one that Keycloak has.
asio::awaitable<std::vector<Place>> find_places(Operator& running, std::string realm);

/// Reads the fleet, with the first references that are let in. Errors name the system and what is
/// missing: nothing can be said of a fleet that was seen in parts. Writes nothing.
Task<importer::LiveFleet> read_fleet(Operator& running, ImportOptions options);

}  // namespace wavegate::program
