#include "operator/importer/text.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/registry.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavegate::importer {
namespace {

constexpr const char* kHead =
    "# Written by `wavegate import` from what ran: it changes nothing as it stands. What no "
    "document\n"
    "# says is listed in not-expressed.md.\n";

/// One line of a comment, whatever the text holds.
std::string comment(std::string_view text) {
    return "# " + one_line(text) + "\n";
}

std::string list(const std::vector<std::string>& texts) {
    std::vector<std::string> items;
    items.reserve(texts.size());
    for (const auto& text : texts) {
        items.push_back(scalar(text));
    }
    return items.empty() ? "[]" : fmt::format("[ {} ]", fmt::join(items, ", "));
}

std::string head_of(const char* kind, const std::string& name) {
    return fmt::format(
        "apiVersion: wavegate.dev/v1\nkind: {}\nmetadata: {{ name: {} }}\nspec:\n",
        kind,
        scalar(name));
}

std::string systems_text(const FleetSpec& systems) {
    auto text = fmt::format(
        "  # addresses and references as operator.yaml has them; each answered\n"
        "  portainer: {{ url: {}, environment: {}, tokenRef: {} }}\n"
        "  keycloak: {{ url: {}, realm: {}, clientId: {}, clientSecretRef: {} }}\n"
        "  openbao: {{ url: {}, mount: {}, tokenRef: {} }}\n",
        scalar(systems.portainer.url),
        scalar(systems.portainer.environment),
        scalar(systems.portainer.token.text),
        scalar(systems.keycloak.url),
        scalar(systems.keycloak.realm),
        scalar(systems.keycloak.client_id),
        scalar(systems.keycloak.client_secret.text),
        scalar(systems.openbao.url),
        scalar(systems.openbao.mount),
        scalar(systems.openbao.token.text));
    text += fmt::format(
        "  eunomia: {{ url: {}{} }}\n",
        scalar(systems.eunomia.url),
        systems.eunomia.api_key.empty() ? ""
                                        : ", apiKeyRef: " + scalar(systems.eunomia.api_key.text));
    if (systems.grafana) {
        text += fmt::format(
            "  grafana: {{ url: {}, tokenRef: {} }}\n",
            scalar(systems.grafana->url),
            scalar(systems.grafana->token.text));
    }
    return text;
}

/// The pattern with the multiplexer's name in it.
std::string filled(std::string pattern, const std::string& name) {
    constexpr std::string_view placeholder = "{name}";
    for (auto at = pattern.find(placeholder); at != std::string::npos;
         at = pattern.find(placeholder, at + name.size())) {
        pattern.replace(at, placeholder.size(), name);
    }
    return pattern;
}

std::string multiplexer_text(const FleetText& fleet) {
    const auto& seen = fleet.survey.multiplexer;
    const std::string stack = seen ? seen->stack->name : "mcp-multiplexer";
    auto text = seen ? fmt::format("  # seen: Swarm service {}\n", one_line(seen->service->name))
                     : std::string("  # none was seen: this is where one is expected\n");
    text += fmt::format("  multiplexer:\n    stack: {}\n", scalar(stack));
    if (seen && seen->compose_service != stack) {
        text += fmt::format("    service: {}\n", scalar(seen->compose_service));
    }
    text += fmt::format("    url: {}\n", scalar(filled(fleet.live.service_url, stack)));
    if (fleet.client.empty()) {
        text += "    # client: an OidcClient document, needed before the first service is jwt\n";
    } else {
        text += fmt::format("    client: {}\n", scalar(fleet.client));
    }
    const bool dynamic = seen && told(*seen->service, "MCP_MULTIPLEXER_MODE") == "dynamic";
    text += fmt::format("    mode: {}\n", dynamic ? "dynamic" : "eager");
    return text + fmt::format(
                      "    # from: nothing in its environment tells it; jwt for services from "
                      "agent-utilities 1.27.1 on\n"
                      "    principal: {{ uri: {}, from: header }}\n",
                      scalar(fleet.principal));
}

std::string jwt_text(const FleetAuth& auth) {
    return fmt::format(
        "  # seen: {}\n"
        "  jwt:\n"
        "    issuer: {}\n"
        "    jwksUri: {}\n"
        "    audience: {}\n"
        "    eunomia: {{ type: {}, url: {} }}\n",
        auth.seen,
        scalar(auth.jwt.issuer),
        scalar(auth.jwt.jwks_uri),
        scalar(auth.jwt.audience),
        scalar(auth.jwt.eunomia_type),
        scalar(auth.jwt.eunomia_url));
}

std::string waves_text(const std::vector<ProposedWave>& waves) {
    std::string text =
        "  # A proposal, by names alone: nothing in a fleet tells what is sensitive. Move services "
        "as\n"
        "  # you see fit before the first one is flipped.\n"
        "  waves:\n";
    for (const auto& [wave, why] : waves) {
        text += fmt::format(
            "    - {{ name: {}, maxInFlight: {}, soak: {}, deadline: {} }}  # {}\n",
            scalar(wave.name),
            wave.max_in_flight,
            to_text(wave.soak),
            to_text(wave.deadline),
            why);
    }
    return text;
}

std::string rule_text(const PolicyRuleSpec& rule) {
    std::vector<std::string> actions;
    for (const auto action : rule.actions) {
        actions.emplace_back(action == PolicyAction::List ? "list" : "execute");
    }
    auto text = fmt::format(
        "    - name: {}\n"
        "      effect: {}\n"
        "      principals: {}\n"
        "      servers: [ \"*\" ]\n",
        scalar(rule.name),
        rule.effect == PolicyEffect::Allow ? "allow" : "deny",
        list(rule.principals));
    if (!rule.tools.empty()) {
        text += fmt::format("      tools: {}\n", list(rule.tools));
    }
    return text + fmt::format("      actions: {}\n", list(actions));
}

/// 0: none that can be told.
int port_of(const SwarmService& service) {
    const auto text = told(service, "PORT");
    int port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    constexpr int most = 65535;
    return failed == std::errc() && end == text.data() + text.size() && port > 0 && port <= most
               ? port
               : 0;
}

}  // namespace

std::string scalar(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    // No word that YAML knows, and no number, is told by a name with a dash or a letter alone.
    const bool word = text.size() > 1 && text.front() >= 'a' && text.front() <= 'z' &&
                      std::all_of(text.begin(), text.end(), plain);
    constexpr std::array<std::string_view, 7> known{
        "true", "false", "null", "yes", "no", "on", "off"};
    if (word && std::find(known.begin(), known.end(), text) == known.end()) {
        return std::string(text);
    }
    return boost::json::serialize(boost::json::string(text));
}

std::string fleet_text(const FleetText& fleet) {
    auto text = kHead + head_of("Fleet", fleet.survey.fleet);
    text += "  registry: mcp-fleet.registry.yml\n";
    text += fmt::format(
        "  # For what has no document: it is let go as it is.\n"
        "  defaults: {{ auth: none, wave: {}, policy: {} }}\n",
        scalar(fleet.waves.front().spec.name),
        list(fleet.policies));
    text += fmt::format(
        "  # By convention, not seen: routes stand in the proxy, and in no stack.\n"
        "  service: {{ url: {} }}\n",
        scalar(fleet.live.service_url));
    text += systems_text(fleet.live.systems) + multiplexer_text(fleet) + jwt_text(fleet.auth);
    return text + waves_text(fleet.waves);
}

std::string client_text(const ImportedClient& client) {
    std::string text = kHead;
    for (const auto& note : client.notes) {
        text += comment(note);
    }
    const auto& spec = client.spec;
    text += head_of("OidcClient", spec.name);
    text += fmt::format(
        "  clientId: {}\n  adopt: {}\n  audiences: {}\n  tokenLifespan: {}\n  secret: {{ path: {} "
        "}}\n",
        scalar(spec.client_id),
        spec.adopt,
        list(spec.audiences),
        to_text(spec.token_lifespan),
        scalar(spec.secret_path));
    if (!spec.consumer_stacks.empty()) {
        text += "  consumers:\n";
    }
    for (const auto& stack : spec.consumer_stacks) {
        text += fmt::format("    - stack: {}\n", scalar(stack));
    }
    return text;
}

std::string policies_text(const std::vector<ImportedPolicy>& policies) {
    std::string text = kHead;
    for (const auto& policy : policies) {
        text += "---\n" + comment("seen: policy " + policy.seen);
        text += head_of("EunomiaPolicy", policy.spec.name);
        if (policy.spec.adopt) {
            text +=
                "  # It bears no mark and stays as it is; the fleet's own is made once it is gone "
                "or "
                "this changes.\n"
                "  adopt: true\n";
        }
        text += "  rules:\n";
        for (const auto& rule : policy.spec.rules) {
            text += rule_text(rule);
        }
    }
    return text;
}

std::string services_text(
    const std::vector<ImportedService>& services,
    const std::vector<std::string>& policies) {
    std::string text = kHead;
    for (const auto& [member, auth, wave] : services) {
        const auto& stack = *member.stack;
        text += "---\n" + comment(fmt::format(
                              "seen: {} stack {} (id {}), Swarm service {}, image {}",
                              stack.kind == StackKind::Git ? "git" : "string",
                              stack.name,
                              stack.id,
                              member.service->name,
                              desired::image_repository(member.service->image)));
        text += head_of("McpService", member.name);
        text += fmt::format("  auth: {}\n  wave: {}\n", to_string(auth), scalar(wave));
        if (auth == AuthMode::Jwt) {
            text += fmt::format("  policy: {}\n", list(policies));
        }
        if (stack.name != member.name) {
            text += fmt::format("  stack: {}\n", scalar(stack.name));
        }
        if (member.compose_service != member.name) {
            text += fmt::format("  service: {}\n", scalar(member.compose_service));
        }
    }
    return text;
}

std::string registry_text(const std::vector<Member>& children) {
    std::string text =
        "# Written by `wavegate import`: the MCP services that ran, but for open ones that no "
        "document\n"
        "# can say. What is listed and has no document is let go while it enforces.\n"
        "version: 1\n"
        "services:";
    text += children.empty() ? " []\n" : "\n";
    for (const auto& child : children) {
        text += fmt::format(
            "  - {{ name: {}, image: {}",
            scalar(child.name),
            scalar(desired::image_repository(child.service->image)));
        const int port = port_of(*child.service);
        text += port == 0 ? " }\n" : fmt::format(", container_port: {} }}\n", port);
    }
    return text;
}

std::string leftovers_text(const std::vector<Leftover>& leftovers) {
    std::string text =
        "# What `wavegate import` could not express\n\n"
        "It runs on as it is: Wavegate touches nothing that no document names.\n\n";
    if (leftovers.empty()) {
        text += "Nothing: all that was seen stands in the documents.\n";
    }
    for (const auto& [object, why] : leftovers) {
        text += fmt::format("- **{}**: {}\n", one_line(object), one_line(why));
    }
    return text;
}

}  // namespace wavegate::importer
