#pragma once

#include "operator/base/secret.hpp"
#include "operator/model/auth_block.hpp"
#include "operator/model/seen.hpp"
#include "operator/model/shared_list.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate {

/// One entry of a stack's Env. Every value counts as a secret, whoever owns it.
struct EnvEntry {
    std::string name;
    SecretValue value;
};
/// In Portainer's order; kept, because the whole Env is sent back at every write.
using StackEnv = std::vector<EnvEntry>;

const SecretValue* find_env(const StackEnv& env, std::string_view name);

enum class StackKind { String, Git };
/// Portainer's `Status` (portainer.md); generation A knows Active and Inactive only.
enum class StackStatus { Active = 1, Inactive = 2, Deploying = 3, Error = 4 };

struct GitSource {
    std::string url;
    std::string reference;  ///< "refs/heads/main"; empty = the default branch
    std::string config_path;
    std::string config_hash;  ///< the deployed commit
    bool authenticated = false;
    std::string username;
    bool auto_update = false;
    bool tls_skip_verify = false;

    /// Is the reference a branch, so that a commit can be put on it? (Not a tag, not a commit.)
    [[nodiscard]] bool on_branch() const;
};

/// The head of the branch that a git stack is deployed from.
struct BranchHead {
    std::string commit;
    std::string parent;  ///< empty: it has none, or several
    /// It differs from its parent in the stack's own file and in nothing else.
    bool file_alone = false;
    std::shared_ptr<const std::string> file;  ///< at the stack's config_path
};

struct StackView {
    int id = 0;
    std::string name;
    StackKind kind = StackKind::String;
    StackStatus status = StackStatus::Active;
    std::optional<GitSource> git;
    StackEnv env;
    bool prune = false;            ///< Option.Prune, sent back as it is
    std::int64_t update_date = 0;  ///< unix seconds; 0 until the first update
    std::string deployment_error;  ///< last line of generation B's message, when status is Error
    /// Files that the server lays over the main one, by their paths; they are not read.
    std::vector<std::string> additional_files;
    bool awaits_redeploy = false;  ///< saved git settings are not deployed; its file is not told
    /// The main file's bytes; null until read. Read again only when `file_version` moves.
    std::shared_ptr<const std::string> file;
    /// Id, UpdateDate, Status and ConfigHash in one text: equal = the cached file is current.
    [[nodiscard]] std::string file_version() const;
};

/// Another stack that is deployed from the same branch of the same repository; null: none. A
/// default branch counts as any, since its name is not known here.
const StackView* shares_branch(const std::vector<StackView>& stacks, const StackView& stack);

enum class UpdateState {
    None,  ///< absent: nothing was updated since, or the last update replaced no task
    Updating,
    Completed,
    Paused,
    RollbackStarted,
    RollbackCompleted,
    RollbackPaused,
    Unknown,
};

/// A Swarm service. `auth` is its live auth block, resolved, as its containers get it.
struct SwarmService {
    std::string id;
    std::string name;           ///< "<stack>_<service>"
    std::string stack;          ///< label com.docker.stack.namespace
    std::uint64_t version = 0;  ///< Version.Index, wanted back at an update
    std::string image;          ///< with digest when there is one
    std::string stack_image;    ///< label com.docker.stack.image: as its stack's file had it
    AuthBlock auth;
    /// Every environment entry; values are secrets.
    std::map<std::string, SecretValue> env;
    std::uint64_t replicas = 0;  ///< wanted; for global mode, DesiredTasks of ServiceStatus
    bool start_first = false;
    Duration monitor{};  ///< UpdateConfig.Monitor, 5 s by default
    std::uint64_t force_update = 0;
    UpdateState update = UpdateState::None;
    std::string update_message;
    std::string template_digest;  ///< of TaskTemplate: a running task with the same runs this spec
    /// Of the whole spec without environment and ForceUpdate: changes only by another's hand.
    std::string foreign_digest;
    std::vector<std::string> command;
};

struct SwarmTask {
    std::string id;
    std::string service_id;
    std::uint64_t slot = 0;
    std::string state;          ///< "running", "failed", … (swarm.md)
    std::string desired_state;  ///< "running", "shutdown", …
    std::string error;          ///< Status.Err
    std::string template_digest;
    std::string created_at;  ///< RFC 3339 text, comparable as text
};

struct SwarmView {
    SharedList<SwarmService> services;  ///< best by name
    SharedList<SwarmTask> tasks;        ///< by service, and of one as Docker lists them

    /// Brings both into the order in which they are found soonest.
    void sort();
    [[nodiscard]] const SwarmService* find(const std::string& name) const;
    [[nodiscard]] std::vector<const SwarmTask*> tasks_of(const std::string& service_id) const;
};

struct MapperView {
    std::string id;
    std::string name;
    std::string protocol_mapper;
    std::map<std::string, std::string> config;
};

struct ClientView {
    std::string id;  ///< Keycloak's uuid
    std::string client_id;
    bool enabled = true;
    bool public_client = false;
    bool bearer_only = false;
    bool consent_required = false;
    bool service_accounts = false;
    bool standard_flow = false;
    bool implicit_flow = false;
    bool direct_access = false;
    bool full_scope = true;
    std::string authenticator;  ///< "client-secret", "client-jwt", …
    std::vector<std::string> redirect_uris;
    std::vector<std::string> web_origins;
    std::map<std::string, std::string> attributes;
    std::vector<MapperView> mappers;
    SecretValue secret;                   ///< null when it could not be read or there is none
    bool authorization_services = false;  ///< an update that does not say so switches it off
};

struct VaultEntry {
    std::map<std::string, SecretValue> data;
    /// The same values as JSON text, as its bytes stand there: a number keeps the digits that a
    /// reader would round.
    std::map<std::string, SecretValue> json;
    std::uint64_t version = 0;           ///< current_version, for check-and-set
    std::uint64_t metadata_version = 0;  ///< current_metadata_version
    std::map<std::string, std::string> custom_metadata;
    bool deleted = false;  ///< newest version soft-deleted or destroyed: data is empty
};

struct PolicyCondition {
    std::string path;
    std::string op;
    std::string value;  ///< JSON text, canonical
    friend bool operator==(const PolicyCondition&, const PolicyCondition&) = default;
};
struct PolicyRule {
    std::string name;
    PolicyEffect effect = PolicyEffect::Deny;
    std::vector<PolicyCondition> principal;
    std::vector<PolicyCondition> resource;
    std::vector<std::string> actions;
    friend bool operator==(const PolicyRule&, const PolicyRule&) = default;
};
struct Policy {
    std::string name;  ///< a slug (eunomia.md)
    std::string description;
    std::vector<PolicyRule> rules;
    friend bool operator==(const Policy&, const Policy&) = default;
};

struct Annotation {
    std::int64_t id = 0;
    std::int64_t time_ms = 0;
    std::int64_t time_end_ms = 0;  ///< 0 or equal to time_ms: a point
    std::vector<std::string> tags;
    std::string text;
};

/// What env files bring, and what of them was left out ("a-mcp/.env: line 2: …").
struct ResolvedEnv {
    std::map<std::string, SecretValue> values;
    std::vector<std::string> notes;
};

/// One pass's view of every system. What is not asked for in a pass stays as it was seen last.
struct Observed {
    Seen<std::vector<StackView>> stacks;
    Seen<SwarmView> swarm;
    /// Swarm tells of changed services and of the ends of their updates: its event stream stands.
    /// Nothing is told of tasks, nor is anything believed that is told: it only says when to look.
    bool told = false;
    /// By clientId; an absent client is a Seen of nullopt.
    std::map<std::string, Seen<std::optional<ClientView>>> clients;
    /// By path below the mount.
    std::map<std::string, Seen<std::optional<VaultEntry>>> vault;
    Seen<std::vector<Policy>> policies;
    /// By service name: its `envFrom`, merged and filtered.
    std::map<std::string, Seen<ResolvedEnv>> env_files;
    /// Only asked for when a Grafana is declared.
    Seen<std::vector<Annotation>> annotations;
    /// By stack name; only for git stacks that are to be written to, with `stackRepo`.
    std::map<std::string, Seen<BranchHead>> heads;

    [[nodiscard]] const StackView* stack(const std::string& name) const;
    /// The Swarm service of a fleet service; null when not deployed or not observable.
    [[nodiscard]] const SwarmService* running(
        const std::string& stack,
        const std::string& compose_service) const;
};

}  // namespace wavegate
