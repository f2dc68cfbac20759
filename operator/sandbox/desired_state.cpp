#include "operator/sandbox/desired_state.hpp"

#include <fmt/format.h>

namespace wavegate::sandbox {
namespace {

constexpr const char* kBaseline =
    "apiVersion: wavegate.dev/v1\n"
    "kind: EunomiaPolicy\n"
    "metadata: { name: multiplexer-baseline }\n"
    "spec:\n"
    "  rules:\n"
    "    - { name: deny-unknown, effect: deny, principals: [ \"agent:unknown\", \"agent:\" ] }\n"
    "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ],"
    " servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";

std::string waves_text(const DesiredPlan& plan) {
    std::string text = "  waves:\n";
    for (const auto& wave : plan.waves) {
        text += fmt::format(
            "    - {{ name: {}, maxInFlight: {}, soak: {}, deadline: {}{}{} }}\n",
            wave.name,
            wave.max_in_flight,
            wave.soak,
            wave.deadline,
            plan.short_soak ? ", allowShortSoak: true" : "",
            wave.extra.empty() ? "" : ", " + wave.extra);
    }
    return text;
}

std::string fleet_text(const WorldPlan& world, const DesiredPlan& plan) {
    const auto first_wave = plan.waves.empty() ? "read-only" : plan.waves.front().name;
    std::string text = fmt::format(
        "apiVersion: wavegate.dev/v1\n"
        "kind: Fleet\n"
        "metadata: {{ name: sandbox }}\n"
        "spec:\n"
        "  registry: mcp-fleet.registry.yml\n"
        "  defaults: {{ auth: none, wave: {1}, policy: [ multiplexer-baseline ] }}\n"
        "  service: {{ url: \"http://{{name}}.{0}/mcp\", health: \"http://{{name}}.{0}/health\" "
        "}}\n"
        "  portainer: {{ url: \"http://portainer.{0}\", environment: swarm,"
        " tokenRef: \"env:SANDBOX_PORTAINER\" }}\n"
        "  keycloak: {{ url: \"http://keycloak.{0}\", realm: master, clientId: wavegate,"
        " clientSecretRef: \"env:SANDBOX_KEYCLOAK\" }}\n"
        "  openbao: {{ url: \"http://openbao.{0}\", mount: kv,"
        " tokenRef: \"env:SANDBOX_OPENBAO\" }}\n"
        "  eunomia: {{ url: \"http://eunomia.{0}\", apiKeyRef: \"env:SANDBOX_EUNOMIA\" }}\n"
        "  multiplexer:\n"
        "    stack: mcp-multiplexer\n"
        "    url: \"http://mcp-multiplexer.{0}/mcp\"\n"
        "    client: mcp-multiplexer\n"
        "    mode: {2}\n"
        "    principal: {{ uri: \"agent:mcp-multiplexer\", from: {3} }}\n{4}"
        "  jwt:\n"
        "    issuer: \"http://keycloak.{0}/realms/master\"\n"
        "    jwksUri: \"http://keycloak.{0}/realms/master/protocol/openid-connect/certs\"\n"
        "    audience: agent-services\n"
        "    eunomia: {{ type: remote, url: \"http://eunomia.{0}\" }}\n",
        world.domain,
        first_wave,
        world.dynamic_multiplexer ? "dynamic" : "eager",
        plan.principal_from,
        plan.multiplexer_extra);
    if (plan.grafana) {
        text += fmt::format(
            "  grafana: {{ url: \"http://grafana.{}\", tokenRef: \"env:SANDBOX_GRAFANA\" }}\n",
            world.domain);
    }
    if (plan.stack_repo) {
        text +=
            "  stackRepo: { username: bot, tokenRef: \"env:SANDBOX_GIT\","
            " author: \"wavegate <wavegate@localhost>\" }\n";
    }
    if (!plan.freeze_until.empty()) {
        text += fmt::format("  freeze: {{ reason: exams, until: \"{}\" }}\n", plan.freeze_until);
    }
    return text + plan.fleet_extra + waves_text(plan);
}

std::string registry_text(const WorldPlan& world) {
    std::string text =
        "version: 1\n"
        "defaults: { transport: streamable-http, host: 0.0.0.0, container_port: 8000,"
        " image_registry: docker.io/knucklessg1 }\n"
        "services:\n";
    int port = 8200;
    for (const auto& service : world.services) {
        text += fmt::format(
            "  - {{ name: {0}, package: {0}, console_script: {0},"
            " image: \"knucklessg1/{0}:latest\", container_port: 8000, host_port: {1},"
            " profiles: [ enterprise ] }}\n",
            service.name,
            port++);
    }
    return text;
}

std::string client_text(const DesiredPlan& plan) {
    return fmt::format(
        "apiVersion: wavegate.dev/v1\n"
        "kind: OidcClient\n"
        "metadata: {{ name: mcp-multiplexer }}\n"
        "spec:\n"
        "  clientId: mcp-multiplexer\n"
        "  adopt: {}\n"
        "  audiences: [ agent-services ]\n"
        "  tokenLifespan: {}\n"
        "  secret: {{ path: mcp-multiplexer/oidc }}\n"
        "  consumers: [ {{ stack: mcp-multiplexer }} ]\n",
        plan.adopt_client,
        plan.token_lifespan);
}

std::string services_text(const DesiredPlan& plan) {
    std::string text;
    for (const auto& [name, wish] : plan.services) {
        text += fmt::format(
            "---\n"
            "apiVersion: wavegate.dev/v1\n"
            "kind: McpService\n"
            "metadata: {{ name: {} }}\n"
            "spec:\n"
            "  auth: {}\n"
            "  wave: {}\n"
            "  policy: [ multiplexer-baseline ]\n{}",
            name,
            wish.auth,
            wish.wave,
            wish.extra);
    }
    return text.empty() ? text : text.substr(4);
}

}  // namespace

std::map<std::string, std::string> desired_files(const WorldPlan& world, const DesiredPlan& plan) {
    std::map<std::string, std::string> files{
        {"fleet.yaml", fleet_text(world, plan)},
        {"mcp-fleet.registry.yml", registry_text(world)},
        {"clients.yaml", client_text(plan)},
        {"policies.yaml", plan.policies.empty() ? kBaseline : plan.policies}};
    if (auto services = services_text(plan); !services.empty()) {
        files["services.yaml"] = std::move(services);
    }
    return files;
}

}  // namespace wavegate::sandbox
