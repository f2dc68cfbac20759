#include "operator/base/text.hpp"
#include "operator/desired/semantics.hpp"
#include "operator/model/client_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

/// A frozen token is refused at the latest this long after its end.
constexpr Duration kTokenGrace = std::chrono::seconds(15);

void check_client(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& fleet = catalog.fleet.value.spec;
    if (fleet.multiplexer.client.empty()) {
        return;  // each jwt service says that it needs one
    }
    const auto* client = catalog.client(fleet.multiplexer.client);
    if (client == nullptr) {
        std::vector<std::string> names;
        for (const auto& known : catalog.clients) {
            names.push_back(known.value.name);
        }
        if (!catalog.incomplete) {
            report.field(
                document,
                "spec.multiplexer.client",
                fmt::format(
                    "no OidcClient document {}{}",
                    in_quotes(fleet.multiplexer.client),
                    report.suggestion(fleet.multiplexer.client, names)));
        }
        return;
    }
    const auto& audiences = client->value.audiences;
    if (std::find(audiences.begin(), audiences.end(), fleet.jwt.audience) == audiences.end() &&
        !document.is_faulty("spec.jwt.audience")) {
        report.field(
            *client->document,
            "spec.audiences",
            fmt::format(
                "the multiplexer's tokens must be for {}, the audience of the fleet; add it",
                in_quotes(fleet.jwt.audience)));
    }
    const auto expected = "agent:" + client->value.client_id;
    if (fleet.multiplexer.principal_from == PrincipalSource::Jwt &&
        fleet.multiplexer.principal != expected) {
        report.field(
            document,
            "spec.multiplexer.principal.uri",
            fmt::format(
                "services that read the token see {}, not {}",
                in_quotes(expected),
                in_quotes(fleet.multiplexer.principal)));
    }
}

void check_waves(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& waves = catalog.fleet.value.spec.waves;
    const auto least = least_soak(catalog);
    for (std::size_t i = 0; i < waves.size(); ++i) {
        const auto field = fmt::format("spec.waves[{}]", i);
        if (waves[i].soak < least && !waves[i].allow_short_soak) {
            report.field(
                document,
                field + ".soak",
                fmt::format(
                    "must be at least {}, the token lifetime and 15s: a frozen token passes the "
                    "first probe and dies later; lengthen it or set allowShortSoak",
                    to_text(least)));
        }
        if (waves[i].deadline <= Duration(0)) {
            report.field(
                document, field + ".deadline", "must be longer than 0s, or nothing ever converges");
        }
    }
}

void check_watch(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& watch = catalog.fleet.value.spec.watch;
    const Duration least = std::chrono::minutes(1);
    const Duration most = std::chrono::hours(1);
    const Duration least_gates = std::chrono::seconds(10);
    if (document.is_faulty("spec.watch.every") || document.is_faulty("spec.watch.gates")) {
        return;
    }
    if (watch.every < least || watch.every > most) {
        report.field(
            document,
            "spec.watch.every",
            "must be from 1m to 1h: each round asks every service, and what is older is no proof");
    } else if (watch.gates < least_gates || watch.gates > watch.every) {
        report.field(
            document,
            "spec.watch.gates",
            fmt::format("must be from 10s to {}, as `every`", to_text(watch.every)));
    }
}

void check_defaults(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& fleet = catalog.fleet.value;
    std::vector<std::string> waves;
    for (const auto& wave : fleet.spec.waves) {
        waves.push_back(wave.name);
    }
    if (!fleet.default_wave.empty() && !document.is_faulty("spec.waves") &&
        std::find(waves.begin(), waves.end(), fleet.default_wave) == waves.end()) {
        report.field(
            document,
            "spec.defaults.wave",
            fmt::format(
                "unknown wave {}{}",
                in_quotes(fleet.default_wave),
                report.suggestion(fleet.default_wave, waves)));
    }
    std::vector<std::string> policies;
    for (const auto& policy : catalog.policies) {
        policies.push_back(policy.value.name);
    }
    for (std::size_t i = 0; i < fleet.default_policies.size(); ++i) {
        const auto& name = fleet.default_policies[i];
        if (catalog.policy(name) == nullptr && !catalog.incomplete) {
            report.field(
                document,
                fmt::format("spec.defaults.policy[{}]", i),
                fmt::format(
                    "unknown policy {}{}", in_quotes(name), report.suggestion(name, policies)));
        }
    }
}

/// The vault can't keep what opens it, and one client reads below one mount.
void check_login(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& openbao = catalog.fleet.value.spec.openbao;
    const int ways =
        (openbao.token.empty() ? 0 : 1) + (openbao.app_role ? 1 : 0) + (openbao.jwt_login ? 1 : 0);
    // A way that is there and wrong has its own error.
    if (ways > 1) {
        report.field(
            document,
            "spec.openbao",
            "has more than one way to log in; keep one of tokenRef, appRole and jwtLogin");
    } else if (ways == 0 && !document.is_faulty("spec.openbao.tokenRef")) {
        report.field(
            document,
            "spec.openbao",
            "has no way to log in; add one of tokenRef, appRole and jwtLogin");
    }
}

/// What a vault gets to see must open nothing but that vault.
void check_login_client(const Catalog& catalog, Report& report) {
    const auto& fleet = catalog.fleet.value.spec;
    if (!fleet.openbao.jwt_login) {
        return;
    }
    const auto& id = fleet.openbao.jwt_login->client_id;
    const auto at = std::find_if(
        catalog.clients.begin(), catalog.clients.end(), [&](const Bound<OidcClientSpec>& client) {
            return iequals(client.value.client_id, id);
        });
    auto why = why_reserved(fleet.keycloak, id);
    if (at != catalog.clients.end()) {
        why = fmt::format("is the client of OidcClient/{}", at->value.name);
    }
    if (!why.empty()) {
        report.field(
            *catalog.fleet.document,
            "spec.openbao.jwtLogin.clientId",
            why + "; name one that has no purpose but this login");
    }
}

void check_references(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& fleet = catalog.fleet.value.spec;
    constexpr std::string_view vault = "openbao:";
    const auto outside = [&](const Reference& reference, const char* field) {
        if (reference.text.starts_with(vault)) {
            report.field(
                document, field, "can't stand in the vault that it opens; use env: or file:");
        }
    };
    outside(fleet.openbao.token, "spec.openbao.tokenRef");
    if (fleet.openbao.app_role) {
        outside(fleet.openbao.app_role->role_id, "spec.openbao.appRole.roleIdRef");
        outside(fleet.openbao.app_role->secret_id, "spec.openbao.appRole.secretIdRef");
    }
    if (fleet.openbao.jwt_login) {
        outside(fleet.openbao.jwt_login->client_secret, "spec.openbao.jwtLogin.clientSecretRef");
    }
    const auto below_mount = [&](const Reference& reference, const char* field) {
        const auto& text = reference.text;
        if (text.starts_with(vault) &&
            !text.substr(vault.size()).starts_with(fleet.openbao.mount + "/")) {
            report.field(
                document,
                field,
                fmt::format(
                    "must stand below {}, the mount of spec.openbao: {}{}/path#key",
                    in_quotes(fleet.openbao.mount),
                    vault,
                    fleet.openbao.mount));
        }
    };
    below_mount(fleet.portainer.token, "spec.portainer.tokenRef");
    below_mount(fleet.keycloak.client_secret, "spec.keycloak.clientSecretRef");
    below_mount(fleet.eunomia.api_key, "spec.eunomia.apiKeyRef");
    below_mount(fleet.multiplexer.inbound_token, "spec.multiplexer.inbound.tokenRef");
    if (fleet.grafana) {
        below_mount(fleet.grafana->token, "spec.grafana.tokenRef");
    }
    if (fleet.stack_repo) {
        below_mount(fleet.stack_repo->token, "spec.stackRepo.tokenRef");
    }
}

/// Each repository's url decides which way is taken: both may stand here.
void check_stack_repo(const Catalog& catalog, Report& report) {
    const auto& document = *catalog.fleet.document;
    const auto& repo = catalog.fleet.value.spec.stack_repo;
    if (!repo) {
        return;
    }
    const auto missing = [&](const char* field) {
        return !document.is_faulty(field);  // what is there and wrong has its own error
    };
    if (repo->token.empty() && repo->ssh_key.empty()) {
        if (missing("spec.stackRepo.tokenRef") && missing("spec.stackRepo.sshKeyRef")) {
            report.field(
                document,
                "spec.stackRepo",
                "has no way in; add username and tokenRef for https, or sshKeyRef for ssh");
        }
    } else if (repo->token.empty() != repo->username.empty()) {
        const auto* lacking =
            repo->token.empty() ? "spec.stackRepo.tokenRef" : "spec.stackRepo.username";
        if (missing(lacking)) {
            report.field(
                document, "spec.stackRepo", "username and tokenRef go together, for https");
        }
    }
}

}  // namespace

Duration least_soak(const Catalog& catalog) {
    const auto* client = catalog.client(catalog.fleet.value.spec.multiplexer.client);
    return client == nullptr ? Duration(0) : client->value.token_lifespan + kTokenGrace;
}

void Semantics::fleet() const {
    check_client(catalog, report);
    check_waves(catalog, report);
    check_watch(catalog, report);
    check_defaults(catalog, report);
    check_login(catalog, report);
    check_login_client(catalog, report);
    check_references(catalog, report);
    check_stack_repo(catalog, report);
}

namespace {

/// Reports the second client that has the value which `target` gives.
template <class Target>
void check_shared(
    const std::vector<Bound<OidcClientSpec>>& clients,
    const char* field,
    std::string_view what,
    Report& report,
    Target target) {
    std::map<std::string_view, const std::string*> first;
    for (const auto& client : clients) {
        const auto [at, is_new] = first.emplace(target(client.value), &client.value.name);
        if (!is_new) {
            report.field(
                *client.document,
                field,
                fmt::format("{} OidcClient/{} too; give each its own", what, *at->second));
        }
    }
}

}  // namespace

void Semantics::clients() const {
    for (const auto& client : catalog.clients) {
        if (client.value.token_lifespan <= Duration(0)) {
            report.field(*client.document, "spec.tokenLifespan", "must be longer than 0s, as 5m");
        }
        const auto why = why_reserved(catalog.fleet.value.spec.keycloak, client.value.client_id);
        if (!why.empty()) {
            report.field(
                *client.document, "spec.clientId", why + ", never a document's; name another");
        }
    }
    check_shared(
        catalog.clients, "spec.clientId", "is the id of", report, [](const OidcClientSpec& spec) {
            return std::string_view(spec.client_id);
        });
    check_shared(
        catalog.clients, "spec.secret.path", "is used by", report, [](const OidcClientSpec& spec) {
            return std::string_view(spec.secret_path);
        });
}

}  // namespace wavegate::desired
