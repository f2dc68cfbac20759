#pragma once

#include "operator/model/observed.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wavegate {

/// For people: what a write changes, secrets masked by whoever fills it.
struct FieldChange {
    std::string field;
    std::string before;
    std::string after;
};

/// Why something that differs has no edit.
struct Obstacle {
    std::string object;   ///< "Service/searxng-mcp", "Policy/…", "Client/…"
    std::string service;  ///< set when it stands in the way of a flip
    std::string reason;   ///< CamelCase, one of Reason's names where it blocks a flip
    std::string message;
    /// A person's word alone makes the object ours; until then nothing of it changes.
    bool awaits_acceptance = false;

    /// Does it stay until a person does something elsewhere? Nothing is as desired meanwhile.
    [[nodiscard]] bool awaits_person() const;
};
/// Reasons of obstacles that more than one room knows.
inline constexpr const char* kForeign = "Foreign";              ///< not ours: left as it is
inline constexpr const char* kEnvUnreadable = "EnvUnreadable";  ///< an env file can't be read

enum class StackPurpose {
    Flip,      ///< an auth block towards the desired mode
    WayBack,   ///< the last good auth block back
    EnvSync,   ///< declared env
    Wiring,    ///< the multiplexer's outbound auth
    Unwiring,  ///< the multiplexer's Env as it was before
};

struct EnvChange {
    std::string name;
    SecretValue value;  ///< null removes the entry
};

/// A new file, new Env entries, or both, in one redeploy of one stack.
struct StackEdit {
    StackPurpose purpose = StackPurpose::Flip;
    std::string service;  ///< fleet service; the multiplexer's stack name for its wiring
    std::string stack;
    std::string compose_service;
    int stack_id = 0;
    AuthMode from = AuthMode::None;
    AuthMode to = AuthMode::None;
    AuthBlock block_before;  ///< live, when it was planned
    AuthBlock block_after;   ///< what must run afterwards; empty when the block is not touched
    /// The surgical edit's result; absent: the file stays. On a git stack: to be committed.
    std::optional<std::string> file;
    std::vector<EnvChange> env;
    /// Variables of the service that it sets or removes; every other one must stay as it is.
    std::vector<std::string> keys;
    /// SHA-256 of the file and the stack's file_version it was planned on.
    std::string file_digest_before;
    std::string file_version_before;
    /// Git stacks, when their repository is read: the head that it was planned on.
    std::string head_before;
    std::string image;  ///< with digest, as it runs: must be the same afterwards
};

/// A forced service update: the same spec, new tasks.
struct RestartEdit {
    std::string service;  ///< fleet service or the multiplexer's stack
    std::string swarm_service;
    std::string reason;
};

/// Settings of a confidential client with service account and audience mapper.
struct ClientEdit {
    bool create = false;
    std::string uuid;  ///< of the client to update
    std::string client_id;
    std::string owner;  ///< mark, written as attribute `wavegate.owner`
    std::vector<std::string> audiences;
    Duration token_lifespan{};
    bool mapper_only = false;  ///< settings hold, only mappers are added or mended
};

/// The vault entry of a client. Data is written whole under check-and-set.
struct SecretEdit {
    std::string path;
    std::string owner;
    bool mark_first = false;  ///< no metadata yet: custom_metadata with CAS 0 before the data
    std::uint64_t cas = 0;
    std::map<std::string, SecretValue> data;
};

struct PolicyEdit {
    enum class Verb { Create, Delete };
    Verb verb = Verb::Create;
    std::string document;
    Policy policy;  ///< whole body; for Delete as it was seen
};

struct AnnotationEdit {
    std::int64_t id = 0;  ///< 0 creates
    std::string key;      ///< our unique tag: the idempotency key
    Annotation wanted;
};

using EditBody =
    std::variant<StackEdit, RestartEdit, ClientEdit, SecretEdit, PolicyEdit, AnnotationEdit>;

/// The rooms that look at a system, tell what differs there, and write to it.
enum class Room { Stacks, Clients, Secrets, Policies, Annotations };

/// One write that would bring the world closer to the desired state.
struct Edit {
    std::string id;      ///< hash of target and outcome: equal edits of two passes are one
    std::string intent;  ///< of this attempt; set when the edit is released
    std::string rollout;
    std::string target;  ///< "stack/searxng-mcp", "client/mcp-multiplexer", "policy/…"
    std::string why;
    std::vector<FieldChange> fields;
    EditBody body;

    [[nodiscard]] const StackEdit* stack() const { return std::get_if<StackEdit>(&body); }
    [[nodiscard]] const RestartEdit* restart() const { return std::get_if<RestartEdit>(&body); }
    [[nodiscard]] bool is_flip() const;
    [[nodiscard]] bool is_way_back() const;
    /// "flip", "wayback", "envsync", "wiring", "unwiring", "restart", "client", "secret", "policy"
    /// or "annotation": in status, and in the store as an intent's kind.
    [[nodiscard]] std::string_view kind() const;
    /// Whose it is. A body that no room takes does not compile.
    [[nodiscard]] Room room() const;
};

/// Everything that differs: what can be written, and what cannot.
struct Diff {
    std::vector<Edit> edits;
    std::vector<Obstacle> obstacles;
    /// Services for which a way back was looked for, whether one was needed or not.
    std::vector<std::string> ways_back;
    /// Stacks whose branch is still to be read: what differs there is not known yet.
    std::vector<std::string> unread;
};

/// A fresh re-read of exactly what an edit touches.
struct Live {
    std::optional<StackView> stack;  ///< with file
    std::optional<BranchHead> head;  ///< of the stack's branch, for an edit with `head_before`
    std::optional<SwarmService> service;
    std::vector<SwarmService> neighbours;  ///< the other services of its stack
    std::optional<ClientView> client;
    std::optional<VaultEntry> vault;
    std::optional<std::vector<Policy>> policies;
    Time at{};
};

}  // namespace wavegate
