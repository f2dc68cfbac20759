#include "tests/unit/desired/small_fleet.hpp"

#include "tests/support/paths.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace wavegate::desired {
namespace {

constexpr auto kFleet = R"(apiVersion: wavegate.dev/v1
kind: Fleet
metadata: { name: homelab }
spec:
  registry: registry.yml
  defaults: { wave: first, policy: [ base ] }
  service: { url: "http://{name}.arpa/mcp" }
  portainer: { url: https://portainer.arpa, environment: swarm, tokenRef: env:PT }
  keycloak: { url: https://keycloak.arpa, clientSecretRef: env:KC }
  openbao: { url: https://openbao.arpa, tokenRef: file:/run/bao }
  eunomia: { url: http://eunomia.arpa }
  multiplexer:
    url: http://mux.arpa/mcp
    client: mux
    principal: { uri: "agent:mux" }
  jwt:
    issuer: http://keycloak.arpa/realms/master
    jwksUri: http://keycloak.arpa/certs
    audience: agent-services
    eunomia: { url: http://eunomia.arpa }
  waves:
    - { name: first, soak: 6m }
    - { name: last, soak: 10m }
)";

constexpr auto kRegistry = R"(version: 1
defaults: { container_port: 8000 }
services:
  - { name: searxng-mcp, image: "knucklessg1/searxng-mcp:latest", host_port: 8201 }
  - { name: github-mcp, image: "knucklessg1/github-agent:latest", host_port: 8202 }
  - { name: portainer-mcp, image: "knucklessg1/portainer-agent:latest", host_port: 8203 }
  - { name: wger-mcp, image: "knucklessg1/wger-agent:latest", host_port: 8204 }
)";

constexpr auto kClient = R"(apiVersion: wavegate.dev/v1
kind: OidcClient
metadata: { name: mux }
spec:
  audiences: [ agent-services ]
  secret: { path: mux/oidc }
  consumers: [ { stack: mcp-multiplexer } ]
)";

constexpr auto kPolicy = R"(apiVersion: wavegate.dev/v1
kind: EunomiaPolicy
metadata: { name: base }
spec:
  rules:
    - { name: deny-unknown, effect: deny, principals: [ "agent:unknown", "agent:" ] }
    - { name: allow-mux, effect: allow, principals: [ "agent:mux" ] }
)";

constexpr auto kServices = R"(apiVersion: wavegate.dev/v1
kind: McpService
metadata: { name: searxng-mcp }
spec:
  auth: jwt
---
apiVersion: wavegate.dev/v1
kind: McpService
metadata: { name: portainer-mcp }
spec:
  auth: jwt
  wave: last
)";

}  // namespace

Revision small_fleet() {
    Revision out;
    out.id = "1";
    out.files = {
        {"fleet.yaml", kFleet},
        {"registry.yml", kRegistry},
        {"client.yaml", kClient},
        {"policy.yaml", kPolicy},
        {"services.yaml", kServices}};
    return out;
}

Revision small_fleet(const std::vector<Change>& changes) {
    auto out = small_fleet();
    for (const auto& [file, from, to] : changes) {
        auto& text = out.files[file];
        if (from.empty()) {
            text = to;
            continue;
        }
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << file << " has no " << from;
        if (at != std::string::npos) {
            text.replace(at, from.size(), to);
        }
    }
    return out;
}

std::string findings(const Revision& revision) {
    const auto parsed = parse(revision);
    std::string out;
    for (const auto& finding : parsed.found) {
        out += to_text(finding) + "\n";
    }
    EXPECT_EQ(parsed.state.has_value(), out.empty());
    return out;
}

Revision folder(const std::string& path) {
    namespace fs = std::filesystem;
    const fs::path root = testing::source_path(path);
    Revision out;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.is_regular_file()) {
            const std::ifstream file(entry.path());
            std::stringstream text;
            text << file.rdbuf();
            out.files[fs::relative(entry.path(), root).string()] = text.str();
        }
    }
    return out;
}

}  // namespace wavegate::desired
