// Invariants 1, 7 and 11: what the gates ask, what consumers hold, what enforcing services need.
#include "operator/sandbox/mcp/behaviour.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wavegate::testing {

using facts::kMultiplexer;
using facts::value_of;

namespace {

constexpr auto kFresh = std::chrono::seconds(60);

bool maps_audience(const sandbox::KeycloakClient& client) {
    const auto mappers = client.mappers();
    return std::any_of(mappers.begin(), mappers.end(), [](const boost::json::value& mapper) {
        const auto* config = mapper.as_object().if_contains("config");
        if (config == nullptr || !config->is_object()) {
            return false;
        }
        const auto& fields = config->get_object();
        return std::any_of(fields.begin(), fields.end(), [](const auto& field) {
            return field.key().starts_with("included.") && field.value().is_string() &&
                   field.value().get_string() == facts::kAudience;
        });
    });
}

}  // namespace

bool Oracle::let_in(const std::string& principal, const std::string& service) const {
    const auto& tools = world_.behaviour(service).tools;
    return std::any_of(tools.begin(), tools.end(), [&](const sandbox::ToolDouble& tool) {
        const auto may = [&](const char* action) {
            return world_.eunomia.decide(sandbox::pdp::tool_question(principal, tool.name, action))
                .allowed;
        };
        return may("list") || may("execute");
    });
}

bool Oracle::policy_holds(const std::string& service) const {
    for (const auto& tool : world_.behaviour(service).tools) {
        for (const auto* action : {"list", "execute"}) {
            const auto question = sandbox::pdp::tool_question(facts::kPrincipal, tool.name, action);
            if (!world_.eunomia.decide(question).allowed) {
                return false;
            }
        }
    }
    return !let_in("agent:unknown", service) && !let_in("agent:", service) &&
           !let_in("agent:oracle-stranger", service);
}

bool Oracle::token_holds() const {
    const auto* client = world_.keycloak.client(kMultiplexer);
    if (client == nullptr || client->secret().empty() || !client->flag("enabled") ||
        !client->flag("serviceAccountsEnabled") || !maps_audience(*client)) {
        return false;
    }
    const auto env = world_.portainer.spec_env(sandbox::swarm_name(kMultiplexer));
    const auto stored = world_.openbao.values(facts::kVaultPath);
    return value_of(stored, "OIDC_CLIENT_SECRET") == client->secret() &&
           value_of(env, "OIDC_CLIENT_SECRET") == client->secret() &&
           value_of(env, "OIDC_CLIENT_ID") == kMultiplexer &&
           !value_of(env, "MCP_CLIENT_AUTH").empty();
}

/// A commit is handed out, checked and taken up: what is sent meanwhile is the former rollout's.
bool Oracle::is_taken_up(const std::string& service) const {
    const auto sent = facts::at_or(stack_sent_, service, clock_.now().mono);
    return sent - rollout_began_ > std::chrono::seconds(1);
}

void Oracle::judge_gates(const std::string& service) {
    const auto sent = facts::at_or(stack_sent_, service, clock_.now().mono);
    const bool taken_up = is_taken_up(service);
    const auto judge = [&](const Held& held, const std::string& gate) {
        if (held.at == Mono{} || (held.at < rollout_began_ && taken_up)) {
            violation(1, fmt::format("{} was flipped: {} was not asked", service, gate));
        } else if (!held.holds) {
            violation(1, fmt::format("{} was flipped and {} did not hold", service, gate));
        } else if (sent - held.at > kFresh) {
            violation(1, fmt::format("{} was flipped on stale evidence of {}", service, gate));
        }
    };
    judge(token_, "the token gate");
    judge(facts::at_or(policy_, service, Held()), "the policy gate");
    const auto env = world_.live_env(service);
    const auto issuer = world_.url("keycloak") + "/realms/master";
    const auto& keys = facts::keys_of(world_, service);
    const bool asks = value_of(env, keys.policy) == keys.policy_on &&
                      value_of(env, keys.policy_url) == world_.url("eunomia");
    const bool whole = value_of(env, keys.issuer) == issuer &&
                       value_of(env, keys.audience) == facts::kAudience &&
                       (keys.policy.empty() || asks);
    if (!whole) {
        violation(1, service + " was flipped with another block than the fleet's");
    }
}

bool Oracle::mints(const std::string& secret) const {
    const auto* client = world_.keycloak.client(kMultiplexer);
    return client != nullptr && client->flag("enabled") &&
           sandbox::KeycloakRealm::authenticates(*client, secret, clock_.now().wall);
}

Oracle::Needs Oracle::needs() const {
    Needs now;
    bool any = false;
    for (const auto& [service, seen] : seen_) {
        if (seen.jwt || seen.asks_policy) {
            any = true;
            const auto tools = world_.behaviour(service).tools;
            for (const auto& tool : tools) {
                for (const auto* action : {"list", "execute"}) {
                    now.parts[fmt::format("the rule for {} {}", action, tool.name)] =
                        world_.eunomia
                            .decide(
                                sandbox::pdp::tool_question(facts::kPrincipal, tool.name, action))
                            .allowed;
                }
            }
        }
    }
    if (!any) {
        return now;
    }
    const auto* client = world_.keycloak.client(kMultiplexer);
    now.parts["the client"] = client != nullptr && client->flag("enabled") &&
                              client->flag("serviceAccountsEnabled") && !client->secret().empty();
    now.parts["the audience mapper"] = client != nullptr && maps_audience(*client);
    now.secret = client == nullptr ? std::string() : client->secret();
    const auto stored = world_.openbao.values(facts::kVaultPath);
    const auto env = world_.portainer.spec_env(sandbox::swarm_name(kMultiplexer));
    for (const auto* key :
         {"OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_AUDIENCE", "OIDC_TOKEN_URL"}) {
        now.parts[fmt::format("the stored {}", key)] = !value_of(stored, key).empty();
        now.parts[fmt::format("the multiplexer's {}", key)] = !value_of(env, key).empty();
    }
    now.parts["the multiplexer's MCP_CLIENT_AUTH"] =
        value_of(env, "MCP_CLIENT_AUTH") == "oidc-client-credentials";
    return now;
}

/// After a write of the operator: nothing that was good before is bad now.
void Oracle::judge_needs() {
    auto now = needs();
    for (const auto& [part, good] : needs_.parts) {
        const auto at = now.parts.find(part);
        if (good && at != now.parts.end() && !at->second) {
            violation(11, part + " was taken away while services enforce");
        }
    }
    needs_ = std::move(now);
}

/// What a hand makes worthless is nobody's fault; mending it takes as long as it takes.
void Oracle::hand() {
    const bool before = consumer_bad_.has_value();
    judge_consumers(true);
    if (!before && consumer_bad_) {
        consumer_bad_ = Mono::max();
    }
    take_stock();
}

void Oracle::judge_consumers(bool by_us) {
    constexpr auto restart_at_once = std::chrono::seconds(60);
    bool bad = false;
    for (const auto& task : world_.portainer.running_tasks(sandbox::swarm_name(kMultiplexer))) {
        const auto secret = value_of(sandbox::env_of(*task->spec), "OIDC_CLIENT_SECRET");
        bad = bad || (!secret.empty() && !mints(secret));
    }
    if (!bad) {
        consumer_bad_.reset();
        return;
    }
    const auto now = clock_.now().mono;
    if (!consumer_bad_ && by_us) {
        consumer_bad_ = now;
    }
    if (consumer_bad_ && *consumer_bad_ < now - restart_at_once) {
        violation(7, "the multiplexer runs with a secret that the operator made worthless");
    }
}

}  // namespace wavegate::testing
