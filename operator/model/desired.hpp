#pragma once

#include "operator/base/time.hpp"
#include "operator/model/auth_profile.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate {

/// Where in the desired state something stands; line and column count from 1, column in bytes.
struct Origin {
    std::string file;
    int line = 0;
    int column = 0;
    friend bool operator==(const Origin&, const Origin&) = default;
};

enum class Severity { Error, Warning };

/// "file:line:column: kind/name: field: what is wrong, what would be right"
struct Diagnostic {
    Severity severity = Severity::Error;
    Origin origin;
    std::string object;  ///< "McpService/searxng-mcp", empty when the file itself is broken
    std::string field;   ///< "spec.wave", empty when the object itself is wrong
    std::string message;
};
std::string to_text(const Diagnostic& diagnostic);

enum class DriftPolicy { Heal, Report };
enum class BrokenBaseline { Hold, Skip };
enum class FailurePolicy { Rollback, Hold };
enum class MultiplexerMode { Eager, Dynamic };
/// Whom the policy server sees: the x-agent-id header (agent-utilities up to 1.26) or the token.
enum class PrincipalSource { Header, Jwt };

/// A pointer to a secret: "env:NAME", "file:/path", "openbao:mount/path#key". Never the secret.
struct Reference {
    std::string text;
    Origin origin;
    [[nodiscard]] bool empty() const { return text.empty(); }
    friend bool operator==(const Reference& a, const Reference& b) { return a.text == b.text; }
};

struct WaveSpec {
    std::string name;
    int max_in_flight = 1;
    Duration soak{};
    Duration deadline{};
    BrokenBaseline on_broken_baseline = BrokenBaseline::Hold;
    FailurePolicy on_failure = FailurePolicy::Rollback;
    bool allow_short_soak = false;
};

struct PortainerSpec {
    std::string url;
    std::string environment;
    Reference token;
};
struct KeycloakSpec {
    std::string url;
    std::string realm;
    std::string client_id;
    Reference client_secret;
};
/// Login by AppRole, at auth/<mount>/login.
struct AppRoleLogin {
    std::string mount;
    Reference role_id;
    Reference secret_id;
};
/// Login with a token that Keycloak mints for a client that has no other purpose: whoever gets to
/// see that token can do with it what the client may, and Wavegate's own client may write clients.
struct JwtLogin {
    std::string mount;
    std::string role;
    std::string client_id{};
    Reference client_secret{};
};
/// One of token, app_role and jwt_login is set.
struct OpenBaoSpec {
    std::string url;
    std::string mount;
    std::string name_space{};  ///< the vault's; empty: the root one. An entry is another in another
    Reference token{};
    std::optional<AppRoleLogin> app_role{};
    std::optional<JwtLogin> jwt_login{};
};
struct EunomiaSpec {
    std::string url;
    Reference api_key;
};
struct GrafanaSpec {
    std::string url;
    Reference token;
};
struct PrometheusSpec {
    std::string url;
};
/// Who commits to the repositories of git stacks.
struct StackRepoSpec {
    std::string username;  ///< goes with the token
    Reference token;       ///< for https; empty: none
    std::string author;    ///< "Name <address>"
    Reference ssh_key;     ///< a file: reference, for ssh; empty: none
};

enum class ForeignChildren { Hold, Allow };

struct MultiplexerSpec {
    std::string stack;
    std::string service;  ///< compose service; defaults to the stack's name
    std::string url;
    std::string client;  ///< OidcClient document
    MultiplexerMode mode = MultiplexerMode::Eager;
    std::string principal;  ///< "agent:mcp-multiplexer"
    PrincipalSource principal_from = PrincipalSource::Header;
    Reference inbound_token;
    ForeignChildren foreign_children = ForeignChildren::Hold;
};

struct Limits {
    int max_deletions = 3;
    int max_shrink_percent = 20;
};

/// How old a proof of a Ready service, and of the gates, may get before it is asked for again.
struct WatchSpec {
    Duration every = std::chrono::minutes(5);
    Duration gates = std::chrono::seconds(60);
};

/// Nothing begins until then.
struct FreezeSpec {
    std::string reason;
    Wall until{};
};

struct FleetSpec {
    std::string name;
    std::string registry;
    PortainerSpec portainer;
    KeycloakSpec keycloak;
    OpenBaoSpec openbao;
    EunomiaSpec eunomia;
    MultiplexerSpec multiplexer;
    JwtSpec jwt;
    AuthProfile auth_profile = agent_utilities_profile();
    std::optional<GrafanaSpec> grafana;
    std::optional<PrometheusSpec> prometheus;
    std::optional<StackRepoSpec> stack_repo;
    DriftPolicy drift = DriftPolicy::Heal;
    bool prune = false;
    Limits limits;
    WatchSpec watch;
    std::optional<FreezeSpec> freeze;
    std::vector<WaveSpec> waves;  ///< in rollout order
    Origin origin;
};

/// "auto", or a tool and its arguments (JSON text).
struct ProbeSpec {
    std::string tool = "auto";
    std::string arguments = "{}";
};

struct EnvFileSpec {
    std::string file;  ///< below the operator's envRoot
    std::vector<std::string> exclude;
};

/// What its software can run as: from agent-utilities 1.27.1 on, it refuses to start open.
struct Modes {
    bool none = true;
    bool jwt = true;
    friend bool operator==(const Modes&, const Modes&) = default;
};

/// One service of the fleet: its registry entry, the fleet's defaults and its document merged.
struct ServiceSpec {
    std::string name;             ///< the registry's name
    std::string stack;            ///< Portainer stack
    std::string compose_service;  ///< service key in its compose file
    std::string child;            ///< its name in the multiplexer
    std::string url;              ///< MCP endpoint as probes reach it
    std::string health;
    std::string image;       ///< repository as the registry says; never written
    int container_port = 0;  ///< as the registry says; 0: it does not
    AuthMode auth = AuthMode::None;
    Modes modes;
    std::string wave;
    std::vector<std::string> policies;
    ProbeSpec probe;
    std::map<std::string, std::string> env;
    std::vector<EnvFileSpec> env_from;
    std::optional<Duration> soak;
    std::optional<Duration> deadline;
    bool declared = false;  ///< has a document; without one, its auth is let go as it is
    Origin origin;
};

struct OidcClientSpec {
    std::string name;
    std::string client_id;
    std::vector<std::string> audiences;
    Duration token_lifespan{};
    std::string secret_path;  ///< below openbao.mount
    std::vector<std::string> consumer_stacks;
    bool adopt = false;  ///< one that bears no mark becomes ours, once a person accepts it
    Origin origin;
};

enum class PolicyEffect { Allow, Deny };
enum class PolicyAction { List, Execute };

struct PolicyRuleSpec {
    std::string name;
    PolicyEffect effect = PolicyEffect::Deny;
    std::vector<std::string> principals;
    std::vector<std::string> servers;  ///< service names or "*"; empty = every server
    std::vector<std::string> tools;    ///< tool names or "*"; empty = every tool
    std::vector<PolicyAction> actions;
};

struct PolicySpec {
    std::string name;
    std::vector<PolicyRuleSpec> rules;
    bool adopt =
        false;  ///< one that says the same and bears no mark stands for it while it is there
    Origin origin{};
};

/// Where the files of monitoring go, and what they say; an empty path: that one is not made.
struct MonitoringSpec {
    std::string name;
    std::string targets_file;
    std::string rules_file;
    std::string dashboards_folder;
    std::string prometheus_datasource;  ///< uids of Grafana's data sources
    std::string loki_datasource;
    std::string collectors_folder;
    bool promtail = false;   ///< instead of Alloy
    Reference bearer_token;  ///< for /metrics; empty: none
    std::string blackbox;    ///< the exporter, host:port
    std::string wavegate;    ///< the operator, host:port
    std::string loki;        ///< where logs are pushed to
    Origin origin;
};

/// A validated revision. Everything later is a function of this and of what is observed.
struct DesiredState {
    std::string revision;  ///< commit id, or the folder's digest
    std::string digest;    ///< of its meaning: equal when only comments or order changed
    FleetSpec fleet;
    std::vector<ServiceSpec> services;  ///< by name
    std::vector<OidcClientSpec> clients;
    std::vector<PolicySpec> policies;
    std::optional<MonitoringSpec> monitoring;

    [[nodiscard]] const ServiceSpec* service(const std::string& name) const;
    [[nodiscard]] const WaveSpec* wave(const std::string& name) const;
    /// Position in rollout order; waves.size() for an unknown name.
    [[nodiscard]] std::size_t wave_index(const std::string& name) const;
    [[nodiscard]] const OidcClientSpec* client(const std::string& name) const;
    [[nodiscard]] const PolicySpec* policy(const std::string& name) const;
};

std::string_view to_string(AuthMode mode);

}  // namespace wavegate
