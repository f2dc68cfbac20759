#include "operator/model/inputs.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/client_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate {
namespace {

const OidcClientSpec* multiplexer_client(const DesiredState& desired) {
    return desired.client(desired.fleet.multiplexer.client);
}

void append(std::string& text, std::string_view part) {
    text += part;
    text += '\n';
}

std::string text_of(const PolicyRule& rule) {
    std::string text;
    append(text, rule.name);
    append(text, rule.effect == PolicyEffect::Allow ? "allow" : "deny");
    for (const auto* conditions : {&rule.principal, &rule.resource}) {
        append(text, "conditions");
        for (const auto& condition : *conditions) {
            append(text, condition.path + " " + condition.op + " " + condition.value);
        }
    }
    for (const auto& action : rule.actions) {
        append(text, action);
    }
    return text;
}

/// Hashes the secret's digest only: the result is stored.
void append_secret(std::string& text, const SecretValue& secret) {
    append(text, secret == nullptr ? "none" : secret->reveal([](std::string_view bytes) {
        return sha256_hex(sha256_hex(bytes));
    }));
}

}  // namespace

std::string token_url(const KeycloakSpec& keycloak) {
    return keycloak.url + "/realms/" + keycloak.realm + "/protocol/openid-connect/token";
}

std::string token_inputs(const DesiredState& desired, const Observed& observed) {
    const auto* spec = multiplexer_client(desired);
    const auto* client = spec == nullptr ? nullptr : own_client(desired, observed, *spec);
    const auto entry =
        spec == nullptr ? observed.vault.end() : observed.vault.find(spec->secret_path);
    if (client == nullptr || entry == observed.vault.end() || !entry->second.ok()) {
        return {};
    }
    std::string text;
    append(text, canonical(wanted_block(desired.fleet, AuthMode::Jwt)));
    append(text, client->id + (client->enabled ? "+" : "-"));
    for (const auto& mapper : client->mappers) {
        append(text, mapper.name + " " + mapper.protocol_mapper);
        for (const auto& [key, value] : mapper.config) {
            append(text, fmt::format("{}={}", key, value));
        }
    }
    append_secret(text, client->secret);
    if (entry->second->has_value()) {
        append(text, std::to_string((*entry->second)->version));
    }
    return short_hash(text, 32);
}

std::string policy_inputs(const DesiredState& desired, const Observed& observed) {
    if (!observed.policies.ok()) {
        return {};
    }
    std::vector<std::string> bodies;
    for (const auto& policy : *observed.policies) {
        std::string text = policy.name + "\n";
        for (const auto& rule : policy.rules) {
            text += text_of(rule);
        }
        bodies.push_back(std::move(text));
    }
    std::sort(bodies.begin(), bodies.end());
    std::string text = desired.fleet.multiplexer.principal + "\n";
    for (const auto& body : bodies) {
        text += body;
    }
    return short_hash(text, 32);
}

std::string
service_inputs(const DesiredState& desired, const Observed& observed, const std::string& service) {
    const auto* spec = desired.service(service);
    const auto* running =
        spec == nullptr ? nullptr : observed.running(spec->stack, spec->compose_service);
    return running == nullptr ? std::string() : running->template_digest;
}

std::map<std::string, SecretValue> outbound_env(
    const DesiredState& desired,
    const Observed& observed) {
    const auto* spec = multiplexer_client(desired);
    const auto* client = spec == nullptr ? nullptr : own_client(desired, observed, *spec);
    if (client == nullptr || client->secret == nullptr) {
        return {};
    }
    return {
        {"MCP_CLIENT_AUTH", make_secret("oidc-client-credentials")},
        {"OIDC_CLIENT_ID", make_secret(std::string(spec->client_id))},
        {"OIDC_CLIENT_SECRET", client->secret},
        {"OIDC_AUDIENCE", make_secret(std::string(desired.fleet.jwt.audience))},
        {"OIDC_TOKEN_URL", make_secret(token_url(desired.fleet.keycloak))}};
}

bool is_wired(const DesiredState& desired, const Observed& observed) {
    const auto& spec = desired.fleet.multiplexer;
    const auto* running = observed.running(spec.stack, spec.service);
    const auto wanted = outbound_env(desired, observed);
    return running != nullptr && !wanted.empty() &&
           std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
               const auto at = running->env.find(entry.first);
               return at != running->env.end() && at->second != nullptr &&
                      *at->second == *entry.second;
           });
}

std::string untouched_digest(const SwarmService& service, const std::vector<std::string>& keys) {
    std::string text;
    append(text, service.foreign_digest);
    for (const auto& [name, value] : service.env) {
        if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
            append(text, name);
            append_secret(text, value);
        }
    }
    return short_hash(text, 32);
}

bool is_deployed(const ServiceSpec& service, const Observed& observed) {
    const auto* stack = observed.stack(service.stack);
    const auto* running = observed.running(service.stack, service.compose_service);
    return stack != nullptr && stack->status != StackStatus::Inactive && running != nullptr &&
           running->replicas > 0;
}

const AuthBlock* live_block(const ServiceSpec& service, const Observed& observed) {
    const auto* running = observed.running(service.stack, service.compose_service);
    return running == nullptr ? nullptr : &running->auth;
}

bool enforces(const DesiredState& desired, const ServiceSpec& service, const Observed& observed) {
    const auto* block = live_block(service, observed);
    return block != nullptr && desired.fleet.auth_profile.mode_of(*block) == AuthMode::Jwt;
}

std::optional<AuthMode>
wanted_mode(const DesiredState& desired, const ServiceSpec& service, const Observed& observed) {
    if (service.declared || service.auth == AuthMode::Jwt ||
        !enforces(desired, service, observed)) {
        return service.auth;
    }
    return std::nullopt;
}

bool in_wanted_mode(
    const DesiredState& desired,
    const ServiceSpec& service,
    const Observed& observed) {
    const auto mode = wanted_mode(desired, service, observed);
    const auto* block = live_block(service, observed);
    return !mode || (block != nullptr &&
                     desired.fleet.auth_profile.is_wanted(*block, desired.fleet.jwt, *mode));
}

}  // namespace wavegate
