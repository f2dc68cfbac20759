#include "tests/unit/importer/running_fleet.hpp"

#include "operator/model/auth_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace wavegate::importer {
namespace {

std::shared_ptr<const std::string> compose_of(const std::string& name) {
    return std::make_shared<const std::string>(fmt::format(
        "services:\n  {0}:\n    image: knucklessg1/{0}:latest\n    environment:\n"
        "      - AUTH_TYPE=${{AUTH_TYPE}}\n",
        name));
}

}  // namespace

AuthBlock enforcing_block() {
    return {
        {"AUTH_TYPE", "jwt"},
        {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "agent-services"},
        {"FASTMCP_SERVER_AUTH_JWT_ISSUER", "https://keycloak.arpa/realms/home"},
        {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", "https://keycloak.arpa/keys"},
        {"EUNOMIA_TYPE", "remote"},
        {"EUNOMIA_REMOTE_URL", "http://eunomia.arpa"}};
}

PolicyRule rule_for(const std::string& principal) {
    PolicyRule rule;
    rule.name = "allow-mux";
    rule.effect = PolicyEffect::Allow;
    rule.principal = {{"uri", "equals", "\"" + principal + "\""}};
    rule.actions = {"list", "execute"};
    return rule;
}

std::string why_left(const Imported& imported, const std::string& object) {
    const auto& all = imported.leftovers;
    const auto at = std::find_if(
        all.begin(), all.end(), [&](const Leftover& one) { return one.object == object; });
    return at == all.end() ? std::string() : at->why;
}

RunningFleet::RunningFleet() {
    auto& systems = seen.systems;
    systems.portainer = {"https://portainer.arpa", "swarm", {"env:PORTAINER", {}}};
    systems.keycloak = {"https://keycloak.arpa", "home", "wavegate", {"env:KC", {}}};
    systems.openbao.url = "https://openbao.arpa";
    systems.openbao.mount = "kv";
    systems.openbao.token = {"env:BAO", {}};
    systems.eunomia = {"http://eunomia.arpa", {"env:EUNOMIA", {}}};
    seen.service_url = "http://{name}.arpa/mcp";
    seen.vault_paths = {"mcp-multiplexer/oidc"};
    auto& multiplexer = add("mcp-multiplexer", {});
    multiplexer.env["MCP_MULTIPLEXER_MODE"] = make_secret("dynamic");
}

SwarmService& RunningFleet::add(const std::string& name, const AuthBlock& block) {
    StackView stack;
    stack.id = static_cast<int>(seen.stacks.size()) + 1;
    stack.name = name;
    stack.file = compose_of(name);
    seen.stacks.push_back(std::move(stack));
    SwarmService service;
    service.id = service.name = name + "_" + name;
    service.stack = name;
    service.image = "docker.io/knucklessg1/" + name + ":latest@sha256:00";
    service.auth = block;
    service.env["TRANSPORT"] = make_secret("streamable-http");
    service.env["PORT"] = make_secret("8000");
    service.env["API_KEY"] = make_secret(kServiceSecret);
    services.push_back(std::move(service));
    return services.back();
}

SwarmService& RunningFleet::add_open(const std::string& name) {
    return add(name, {{"AUTH_TYPE", "none"}});
}

SwarmService& RunningFleet::add_enforcing(const std::string& name) {
    return add(name, enforcing_block());
}

void RunningFleet::add_other(const std::string& name) {
    add(name, {}).env.erase("TRANSPORT");
}

ClientView& RunningFleet::add_client() {
    ClientView client;
    client.id = "0b1c";
    client.client_id = "mcp-multiplexer";
    client.service_accounts = true;
    client.authenticator = "client-secret";
    client.attributes["access.token.lifespan"] = "3600";
    client.secret = make_secret(kVaultSecret);
    seen.clients["mcp-multiplexer"] = std::move(client);
    return *seen.clients["mcp-multiplexer"];
}

Policy& RunningFleet::add_policy(const std::string& name, const std::string& description) {
    Policy policy;
    policy.name = name;
    policy.description = description;
    policy.rules = {rule_for("agent:mcp-multiplexer")};
    seen.policies.push_back(std::move(policy));
    return seen.policies.back();
}

LiveFleet RunningFleet::live() const {
    auto all = seen;
    all.swarm.services = services;
    all.swarm.sort();
    return all;
}

}  // namespace wavegate::importer
