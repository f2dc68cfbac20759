#pragma once

#include "operator/base/time.hpp"
#include "operator/model/facts.hpp"

#include <string>
#include <string_view>

namespace wavegate {

enum class CheckKind {
    Token,         ///< gate 1
    Policy,        ///< gate 2
    Baseline,      ///< health, direct and through before the first flip
    Converged,     ///< Swarm runs exactly the wanted spec
    Unauthorized,  ///< bare and garbage POST give 401
    Direct,        ///< initialize and tools/list with a token
    Through,       ///< a call through the multiplexer
    Open,          ///< initialize without a token succeeds
    Soak,          ///< watched long enough, and through passed again
    Children,      ///< the multiplexer's tool list and children
    Canary,        ///< tokens that must be refused are refused
};
enum class Verdict { Pass, Fail, Unknown };

/// What a probe saw (design §6).
enum class ProbeClass {
    None,
    Enforcing,
    Open,
    WrongPath,
    Down,
    Parked,
    TokenRefused,
    PolicyDenied,
    PolicyServerUnreachable,
    SharedCause,
    OwnCredential,
    NotMcp,
    ToolFailed,
    Converging,
    RolledBackBySwarm,
    ForeignChange,
};

/// The outcome of one check. Holds status codes, a class, a phrase of a fixed list, lengths and
/// keyed hashes: never a body, never a token.
struct Evidence {
    CheckKind kind = CheckKind::Converged;
    std::string subject;  ///< service, client or policy document
    std::string rollout;  ///< id of the rollout it was taken in
    Verdict verdict = Verdict::Unknown;
    ProbeClass seen = ProbeClass::None;
    std::string phrase;
    Facts facts;
    /// Digest of what was checked (spec, client, policy): a change voids the evidence.
    std::string inputs;
    /// The moment before its first byte was sent: order and age go by it. An answer of now to a
    /// question from before a write says nothing of that write.
    Time taken{};
    Time answered{};  ///< unset in what older versions stored
};

/// The phrase, and what it is about where a fact says: "redirected: http://a-mcp.arpa/mcp/".
std::string explained(const Evidence& evidence);

std::string_view to_string(CheckKind kind);
std::string_view to_string(Verdict verdict);
std::string_view to_string(ProbeClass seen);

}  // namespace wavegate
