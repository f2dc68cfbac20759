#include "operator/access/refusals.hpp"

#include "operator/desired/report.hpp"

#include <string>
#include <utility>

namespace wavegate::access {
namespace {

/// Services may reach by plain http what we reach by https: nothing of ours is sent there.
std::string with_tls(const std::string& url) {
    const auto origin = settings::origin_of(url);
    const bool plain = origin && origin->scheme == "http" && origin->port == 80;
    return plain ? "https://" + origin->host : url;
}

class Collector {
  public:
    Collector(const Gate& gate, const DesiredState& desired) : gate_(gate), desired_(desired) {}

    std::vector<Diagnostic> collect() && {
        backends();
        vault();
        optional_backends();
        services_trust();
        for (const auto& service : desired_.services) {
            if (report_.full()) {
                break;
            }
            probe(service.origin, "McpService/" + service.name, "spec.url", service.url);
            if (!settings::same_origin(service.url, service.health)) {
                probe(service.origin, "McpService/" + service.name, "spec.health", service.health);
            }
            variables(service);
        }
        for (const auto& client : desired_.clients) {
            if (report_.full()) {
                break;
            }
            secrets(client);
        }
        return std::move(report_).take();
    }

  private:
    [[nodiscard]] std::string fleet() const { return "Fleet/" + desired_.fleet.name; }

    void add(Origin origin, std::string object, std::string field, const Result<void>& allowed) {
        if (!allowed) {
            report_.add(
                {Severity::Error,
                 std::move(origin),
                 std::move(object),
                 std::move(field),
                 allowed.error().message()});
        }
    }

    /// A reference of the Fleet's and the URL it goes to; an empty one goes nowhere.
    void given(const char* field, const Reference& reference, const std::string& url) {
        if (reference.empty()) {
            return;
        }
        const auto origin =
            reference.origin.file.empty() ? desired_.fleet.origin : reference.origin;
        add(origin, fleet(), field, gate_.may_send(Credential::given(reference.text), url));
    }

    void probe(
        const Origin& origin,
        const std::string& object,
        const char* field,
        const std::string& url) {
        if (!url.empty()) {
            add(origin, object, field, gate_.may_send(Credential::probe(), url));
        }
    }

    void backends() {
        const auto& spec = desired_.fleet;
        given("spec.portainer.url", spec.portainer.token, spec.portainer.url);
        given("spec.keycloak.url", spec.keycloak.client_secret, spec.keycloak.url);
        given("spec.eunomia.url", spec.eunomia.api_key, spec.eunomia.url);
        given("spec.multiplexer.url", spec.multiplexer.inbound_token, spec.multiplexer.url);
        probe(spec.origin, fleet(), "spec.multiplexer.url", spec.multiplexer.url);
    }

    void vault() {
        const auto& spec = desired_.fleet.openbao;
        given("spec.openbao.url", spec.token, spec.url);
        if (spec.app_role) {
            given("spec.openbao.appRole.roleIdRef", spec.app_role->role_id, spec.url);
            given("spec.openbao.appRole.secretIdRef", spec.app_role->secret_id, spec.url);
        }
        if (spec.jwt_login) {
            given(
                "spec.openbao.jwtLogin.clientSecretRef",
                spec.jwt_login->client_secret,
                desired_.fleet.keycloak.url);
            add(desired_.fleet.origin,
                fleet(),
                "spec.openbao.jwtLogin",
                gate_.may_send(Credential::login_token(), spec.url));
        }
    }

    void optional_backends() {
        const auto& spec = desired_.fleet;
        if (spec.grafana) {
            given("spec.grafana.url", spec.grafana->token, spec.grafana->url);
        }
    }

    /// Services take whom the issuer's keys sign for, and tell the policy server who calls: these
    /// are Keycloak and Eunomia, wherever services reach them.
    void services_trust() {
        const auto& spec = desired_.fleet;
        trusted("spec.jwt.issuer", spec.keycloak.client_secret, spec.jwt.issuer);
        trusted("spec.jwt.jwksUri", spec.keycloak.client_secret, spec.jwt.jwks_uri);
        const auto& policy = spec.jwt.eunomia_url;
        if (!spec.eunomia.api_key.empty()) {
            trusted("spec.jwt.eunomia.url", spec.eunomia.api_key, policy);
        } else if (!settings::same_origin(policy, spec.eunomia.url)) {
            probe(spec.origin, fleet(), "spec.jwt.eunomia.url", policy);
        }
    }

    void trusted(const char* field, const Reference& of_system, const std::string& url) {
        const auto credential = Credential::given(of_system.text);
        if (!url.empty() && !gate_.may_send(credential, with_tls(url))) {
            // Told by its own address.
            add(desired_.fleet.origin, fleet(), field, gate_.may_send(credential, url));
        }
    }

    void variables(const ServiceSpec& service) {
        const bool trusted = service.name == "portainer-mcp" || service.name == "mcp-multiplexer" ||
                             service.stack == desired_.fleet.multiplexer.stack;
        for (const auto& [name, value] : service.env) {
            if (report_.full()) {
                return;
            }
            add(service.origin,
                "McpService/" + service.name,
                "spec.env." + name,
                gate_.may_set(service.name, trusted, name));
        }
        if (desired_.fleet.auth_profile.name == "custom" &&
            (service.declared || service.auth == AuthMode::Jwt)) {
            own_keys(service, trusted);
        }
    }

    /// A flip sets the keys that the desired state calls its auth block.
    void own_keys(const ServiceSpec& service, bool trusted) {
        for (const auto& key : desired_.fleet.auth_profile.keys) {
            if (report_.full()) {
                return;
            }
            add(service.origin,
                "McpService/" + service.name,
                "spec.auth",
                gate_.may_set(service.name, trusted, key.name));
        }
    }

    void secrets(const OidcClientSpec& client) {
        const auto object = "OidcClient/" + client.name;
        add(client.origin,
            object,
            "spec.secret.path",
            gate_.may_keep(client.client_id, client.secret_path));
        for (const auto& stack : client.consumer_stacks) {
            if (report_.full()) {
                return;
            }
            add(client.origin, object, "spec.consumers", gate_.may_hold(client.client_id, stack));
        }
        const auto& multiplexer = desired_.fleet.multiplexer;
        if (multiplexer.client == client.name) {
            add(desired_.fleet.origin,
                fleet(),
                "spec.multiplexer.stack",
                gate_.may_hold(client.client_id, multiplexer.stack));
        }
    }

    const Gate& gate_;
    const DesiredState& desired_;
    desired::Report report_;
};

}  // namespace

std::vector<Diagnostic> refusals(const Gate& gate, const DesiredState& desired) {
    return Collector(gate, desired).collect();
}

}  // namespace wavegate::access
