#pragma once

#include <string>
#include <vector>

namespace wavegate::render {

/// A package that brings an MCP service.
struct Connector {
    std::string name;     ///< its console script, and the service's name
    std::string package;  ///< [project] name
    int host_port = 0;    ///< 0: none yet
};

inline constexpr int kFirstHostPort = 8200;

/// Gives those without a port the lowest that is free, from kFirstHostPort on, in their order.
/// False when there are none left.
bool give_ports(std::vector<Connector>& connectors);

/// The fleet's registry, services in the order given. `image_prefix` without a host is one of
/// docker.io. `compatible`: with upstream's head (fleet.md §1), and no mark.
std::string registry_text(
    const std::vector<Connector>& connectors,
    const std::string& image_prefix,
    bool compatible);

}  // namespace wavegate::render
