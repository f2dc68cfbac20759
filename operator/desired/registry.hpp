#pragma once

#include "operator/desired/report.hpp"
#include "operator/formats/yaml.hpp"

#include <string>
#include <vector>

namespace wavegate::desired {

/// One service of upstream's mcp-fleet.registry.yml (fleet.md §1).
struct RegistryEntry {
    std::string name;
    std::string package{};  ///< the package that brings it; empty where none is named
    std::string image{};    ///< repository, without tag and digest
    int container_port = 0;
    int host_port = 0;
    Origin origin;
};

/// Reads version 1 of the registry: names, images and ports. Upstream's other fields are its own
/// business and passed over. What is wrong goes into `report`.
std::vector<RegistryEntry>
read_registry(const formats::YamlNode& root, const std::string& file, Report& report);

/// "docker.io/a/b:1@sha256:…" → "docker.io/a/b"
std::string image_repository(const std::string& image);

}  // namespace wavegate::desired
