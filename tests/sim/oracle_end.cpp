// Invariants 5, 6 and 9: how a run ends.
#include "operator/sandbox/keycloak/keys.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"
#include "tests/sim/visitor.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wavegate::testing {

using facts::is_jwt;
using facts::kMultiplexer;
using facts::value_of;

namespace {

std::string sorted(sandbox::EnvList env) {
    std::sort(env.begin(), env.end());
    std::string text;
    for (const auto& [name, value] : env) {
        text += "  " + name + "=" + value + "\n";
    }
    return text;
}

}  // namespace

void Oracle::judge_end(Simulation& sim) {
    for (const auto& service : world_.plan().services) {
        judge_service(sim, service.name);
    }
    for (const auto& task : world_.portainer.running_tasks(sandbox::swarm_name(kMultiplexer))) {
        const auto secret = value_of(sandbox::env_of(*task->spec), "OIDC_CLIENT_SECRET");
        if (!secret.empty() && !mints(secret)) {
            violation(7, "the multiplexer is left with a secret that does not mint");
        }
    }
    judge_doubles();
    judge_secrets();
}

void Oracle::judge_service(Simulation& sim, const std::string& service) {
    // Servers take ten requests a second from all their clients together.
    sim.advance(std::chrono::seconds(3));
    Visitor visitor(sim, world_);
    const auto env = world_.live_env(service);
    const auto& keys = facts::keys_of(world_, service);
    const bool jwt = is_jwt(env, keys);
    if (const auto why = visitor.list(service, jwt); !why.empty()) {
        // What does not listen answers in no mode.
        if (!may_stay_broken(service) && visitor.is_up(service)) {
            violation(5, fmt::format("{} is left not answering: {}", service, why));
        }
        return;
    }
    if (jwt && visitor.list(service, false).empty()) {
        violation(5, service + " is left enforcing by name only");
    }
    if (const auto why = visitor.call_through(service); !why.empty()) {
        violation(5, fmt::format("{} is left not answering through: {}", service, why));
    }
    const auto* record = world_.portainer.stack(service);
    const auto* stored =
        record == nullptr || !record->env ? nullptr : sandbox::env_value(*record->env, keys.mode);
    if (stored != nullptr && *stored != value_of(env, keys.mode)) {
        violation(5, service + " runs another block than its stack says");
    }
}

void Oracle::collect_secrets() {
    for (const auto& each :
         {sandbox::secrets::kPortainerKey,
          sandbox::secrets::kKeycloakSecret,
          sandbox::secrets::kBaoToken,
          sandbox::secrets::kEunomiaKey,
          sandbox::secrets::kGrafanaToken}) {
        secrets_.add("a credential of the operator", each);
    }
    for (int key = 0; key < 2; ++key) {
        secrets_.add("a private key", std::string(sandbox::signing_key_pem(key)).substr(40, 64));
    }
    for (const auto* client : world_.keycloak.clients()) {
        secrets_.add("the secret of client " + client->client_id(), client->secret());
    }
    secrets_.add_public(kMultiplexer);
    secrets_.add_public(facts::kAudience);
    secrets_.add_public("oidc-client-credentials");
    secrets_.add_public(world_.url("keycloak") + "/realms/master/protocol/openid-connect/token");
    for (const auto& [id, record] : world_.portainer.stacks()) {
        for (const auto& [name, value] : record.env.value_or(sandbox::EnvList())) {
            const bool block = facts::is_of_block(name, facts::keys_of(world_, record.name));
            if (block || name == "WAVEGATE_OWNER" || name == "WAVEGATE_EPOCH") {
                secrets_.add_public(value);
            }
            secrets_.add(name + " of " + record.name, value);
        }
    }
    for (const auto& [name, value] : world_.openbao.values(facts::kVaultPath)) {
        secrets_.add("the stored " + name, value);
    }
}

void Oracle::judge_secrets() {
    collect_secrets();
    for (const auto& found : secrets_.found()) {
        violation(6, found);
    }
}

std::string end_state(sandbox::World& world) {
    std::string text;
    for (const auto& [id, record] : world.portainer.stacks()) {
        text += fmt::format("stack {} {}\n", record.name, record.status);
        text += sorted(record.env.value_or(sandbox::EnvList()));
        text += record.disk.at(record.entry_point);
        text += record.git ? record.git->url + record.git->reference + "\n" : std::string();
    }
    for (const auto& service : world.portainer.swarm().services()) {
        text += fmt::format(
            "service {} {}\n", service->name, world.portainer.spec_image(service->name));
        for (const auto& [name, value] : world.portainer.spec_env(service->name)) {
            text += fmt::format("  {}={}\n", name, value);
        }
    }
    for (const auto* client : world.keycloak.clients()) {
        text += fmt::format("client {} {}\n", client->client_id(), client->secret());
        for (const auto& mapper : client->mappers()) {
            text += "  " + boost::json::serialize(mapper.as_object().at("config")) + "\n";
        }
    }
    for (const auto& [name, value] : world.openbao.values(facts::kVaultPath)) {
        text += fmt::format("vault {}={}\n", name, value);
    }
    for (const auto& policy : world.eunomia.policies()) {
        text += fmt::format("policy {} of {} rules\n", policy.name, policy.rules.size());
    }
    std::set<std::string> annotations;
    for (const auto& annotation : world.grafana.annotations()) {
        annotations.insert(annotation.text + "\n");
    }
    for (const auto& annotation : annotations) {
        text += "annotation " + annotation;
    }
    return text;
}

}  // namespace wavegate::testing
