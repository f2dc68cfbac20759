#pragma once

#include "operator/base/error.hpp"
#include "operator/base/time.hpp"
#include "operator/model/observed.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace wavegate {

// Whole bodies as they will be sent. A room makes one of an edit and of what was read again
// (`write_of`), the guard judges it, a permit holds it, and a backend puts it into bytes and adds
// credentials: nothing else is decided behind the guard. Beside a body stands what it takes to
// address it (ids, and the versions that must still be there).

/// One commit of one file to the branch that a git stack is deployed from.
struct BranchCommit {
    std::string url;        ///< of the repository
    std::string reference;  ///< "refs/heads/main"; empty = the default branch
    std::string path;       ///< of the file
    std::string parent;     ///< the head that it goes on; a branch that is elsewhere is a conflict
    std::string text;       ///< the file, whole
    std::string message;    ///< with its trailers
};

/// What a git stack's redeploy must send again, for Portainer empties what is left out. The stored
/// password stays: it is never known here.
struct KeptGit {
    std::string reference;
    bool authenticated = false;
    std::string username;
    friend bool operator==(const KeptGit&, const KeptGit&) = default;
};

/// A commit where there is one, then a deployment of the stack.
struct StackWrite {
    int stack_id = 0;
    std::string stack;
    std::optional<BranchCommit> commit;
    /// A string stack's file, whole; or what a git stack keeps.
    std::variant<std::string, KeptGit> deploys;
    StackEnv env;  ///< whole, in its order
    bool prune = false;
    bool pull_image = false;
    /// Entries of `env` whose value is not the one that stands there.
    std::vector<std::string> sets;

    /// The file that it brings, sent with it or committed before; null: none.
    [[nodiscard]] const std::string* file() const {
        return commit ? &commit->text : std::get_if<std::string>(&deploys);
    }
};

/// New tasks of the same spec: `ForceUpdate` is one more than it is, all else goes back as it
/// stands.
struct ServiceRestart {
    std::string swarm_service;
    std::string template_digest;  ///< of the tasks' template; a service with another is a conflict
};

/// A client's fields as they are sent; those that are not named stay as they are.
struct ClientBody {
    std::vector<std::pair<std::string, bool>> switches;
    std::string authenticator;
    std::vector<std::string> redirect_uris;
    std::vector<std::string> web_origins;
    std::map<std::string, std::string> attributes;
    bool authorization_services = false;  ///< sent when true: an update without it switches it off
};

/// A new client with its mappers in one body (`uuid` is empty); or an update, and then each
/// mapper by a call of its own: one with an id replaces that one, one without is added.
struct ClientWrite {
    std::string client_id;
    std::string uuid;
    std::string owner;  ///< the mark that it bears afterwards
    std::string met;    ///< that which it must still bear, when it is updated; empty: none
    std::optional<ClientBody> body;
    std::vector<MapperView> mappers;
};

/// Marks of an entry, whole, under check-and-set.
struct VaultMarks {
    std::map<std::string, std::string> custom;
    std::uint64_t cas = 0;
};
/// The marks where they are written first, then the data, whole, under check-and-set.
struct VaultWrite {
    std::string path;
    std::optional<VaultMarks> marks;
    /// Each value as JSON text. What stays is others' too: it goes back byte for byte.
    std::map<std::string, SecretValue> data;
    std::uint64_t cas = 0;
};

struct PolicyCreate {
    Policy policy;
};
struct PolicyDelete {
    std::string name;
};
using PolicyWrite = std::variant<PolicyCreate, PolicyDelete>;

struct AnnotationWrite {
    std::int64_t id = 0;  ///< 0 creates
    Annotation body;
};

using Write =
    std::variant<StackWrite, ServiceRestart, ClientWrite, VaultWrite, PolicyWrite, AnnotationWrite>;

/// What a write left behind. `effect` Maybe: the answer was lost, observe before anything else.
struct Receipt {
    std::string edit;
    Effect effect = Effect::None;
    std::string digest_after;
    Time at{};
};

}  // namespace wavegate
