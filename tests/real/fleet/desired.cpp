#include "tests/real/fleet/desired.hpp"

#include "operator/source/child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {
namespace {

constexpr const char* kClient =
    "apiVersion: wavegate.dev/v1\n"
    "kind: OidcClient\n"
    "metadata: { name: mcp-multiplexer }\n"
    "spec:\n"
    "  clientId: mcp-multiplexer\n"
    "  audiences: [ agent-services ]\n"
    "  tokenLifespan: 60s\n"
    "  secret: { path: mcp-multiplexer/oidc }\n"
    "  consumers: [ { stack: mcp-multiplexer } ]\n";

constexpr const char* kPolicy =
    "apiVersion: wavegate.dev/v1\n"
    "kind: EunomiaPolicy\n"
    "metadata: { name: multiplexer-baseline }\n"
    "spec:\n"
    "  rules:\n"
    "    - { name: deny-unknown, effect: deny, principals: [ \"agent:unknown\", \"agent:\" ] }\n"
    "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ],"
    " servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";

std::string fleet_text(const Systems& at) {
    const auto realm = fmt::format("{}/realms/{}", at.keycloak, at.realm);
    return fmt::format(
        R"(apiVersion: wavegate.dev/v1
kind: Fleet
metadata: {{ name: real }}
spec:
  registry: mcp-fleet.registry.yml
  defaults: {{ auth: none, wave: read-only, policy: [ multiplexer-baseline ] }}
  service: {{ url: "http://127.0.0.1:{{host_port}}/mcp", health: "http://127.0.0.1:{{host_port}}/health" }}
  portainer: {{ url: "{}", environment: swarm, tokenRef: "env:PORTAINER_KEY" }}
  keycloak: {{ url: "{}", realm: {}, clientId: wavegate, clientSecretRef: "env:KEYCLOAK_SECRET" }}
  openbao: {{ url: "{}", mount: kv, tokenRef: "env:OPENBAO_TOKEN" }}
  eunomia: {{ url: "{}", apiKeyRef: "env:EUNOMIA_KEY" }}
  multiplexer:
    stack: mcp-multiplexer
    url: "http://127.0.0.1:{}/mcp"
    client: mcp-multiplexer
    mode: dynamic
    principal: {{ uri: "agent:mcp-multiplexer", from: header }}
  jwt:
    issuer: "{}"
    jwksUri: "{}/protocol/openid-connect/certs"
    audience: agent-services
    eunomia: {{ type: remote, url: "{}" }}
  waves:
    - {{ name: read-only, maxInFlight: 3, soak: 2s, deadline: 60s, allowShortSoak: true }}
    - {{ name: data, maxInFlight: 3, soak: 2s, deadline: 60s, allowShortSoak: true }}
    - {{ name: sensitive, maxInFlight: 3, soak: 2s, deadline: 60s, allowShortSoak: true }}
)",
        at.portainer,
        at.keycloak,
        at.realm,
        at.openbao,
        at.eunomia,
        at.multiplexer_port,
        realm,
        realm,
        at.eunomia);
}

std::string registry_text(const std::vector<Service>& services) {
    std::string text =
        "version: 1\n"
        "defaults: { transport: streamable-http, host: 127.0.0.1, container_port: 8000,"
        " image_registry: wavegate }\n"
        "services:\n";
    for (const auto& service : services) {
        text += fmt::format(
            "  - {{ name: {0}, package: {0}, console_script: {0}, image: \"{1}\","
            " container_port: 8000, host_port: {2}, profiles: [ enterprise ] }}\n",
            service.name,
            image_name(service.image),
            service.port);
    }
    return text;
}

void git(const std::string& folder, std::vector<std::string> words) {
    source::Command command;
    command.program = "git";
    command.environment = {
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "HOME=" + folder,
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_AUTHOR_NAME=somebody",
        "GIT_AUTHOR_EMAIL=somebody@localhost",
        "GIT_COMMITTER_NAME=somebody",
        "GIT_COMMITTER_EMAIL=somebody@localhost"};
    command.arguments = {"-C", folder};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    const auto done = source::run_child(command);
    if (!done || done->status != 0) {
        throw std::runtime_error("git " + words.front() + " failed");
    }
}

}  // namespace

DesiredRepository::DesiredRepository(
    std::string folder,
    const Systems& systems,
    const std::vector<Service>& services)
    : folder_(std::move(folder)), services_(services) {
    std::filesystem::create_directories(folder_ + "/services");
    write("fleet.yaml", fleet_text(systems));
    write("mcp-fleet.registry.yml", registry_text(services));
    write("clients.yaml", kClient);
    write("policies.yaml", kPolicy);
    for (const auto& service : services) {
        write_service(service, "none");
    }
    git(folder_, {"init", "-q", "-b", "main"});
    commit("take the fleet as it is");
}

void DesiredRepository::set_auth(const std::string& service, const std::string& auth) const {
    const auto found = std::find_if(services_.begin(), services_.end(), [&](const Service& each) {
        return each.name == service;
    });
    if (found == services_.end()) {
        throw std::logic_error("no service " + service);
    }
    write_service(*found, auth);
}

void DesiredRepository::add_rule(const std::string& rule) const {
    std::ofstream(folder_ + "/policies.yaml", std::ios::app) << "    - " << rule << "\n";
}

void DesiredRepository::commit(const std::string& message) const {
    git(folder_, {"add", "-A"});
    git(folder_, {"commit", "-q", "-m", message});
}

void DesiredRepository::write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ + "/" + file) << text;
}

void DesiredRepository::write_service(const Service& service, const std::string& auth) const {
    write(
        "services/" + service.name + ".yaml",
        fmt::format(
            "apiVersion: wavegate.dev/v1\n"
            "kind: McpService\n"
            "metadata: {{ name: {} }}\n"
            "spec: {{ auth: {}, wave: {}, policy: [ multiplexer-baseline ] }}\n",
            service.name,
            auth,
            service.wave));
}

}  // namespace wavegate::testing
