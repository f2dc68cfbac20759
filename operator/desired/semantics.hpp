#pragma once

#include "operator/desired/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

/// The rules that no schema can say. Each function reports every breach of its part.
struct Semantics {
    const Catalog& catalog;
    const std::vector<Member>& members;
    Report& report;

    /// Waves, the multiplexer's client, defaults.
    void fleet() const;
    /// Waves and policies of services, the multiplexer and portainer-mcp, env, probes.
    void services() const;
    /// Clients share neither id nor secret.
    void clients() const;
    /// Principals, servers and tools of rules.
    void policies() const;
    /// Names that the policy server would take for one, and services that share a place.
    void names() const;
    /// Values that look like secrets, wherever they stand.
    void secrets() const;
};

/// How long a soak must be, so that a token frozen at its start is dead before its end; zero when
/// the multiplexer's client is not known.
Duration least_soak(const Catalog& catalog);

/// Does this rule of a policy decide about `principal` on all of a server's tools?
enum class PolicyVerdict { Silent, Allow, Deny };
PolicyVerdict decide(
    const PolicySpec& policy,
    std::string_view principal,
    std::string_view server,
    PolicyAction action);

/// As the policy server shortens names (eunomia.md); for ASCII.
std::string slug(std::string_view name);

/// Does a variable of this name usually hold a secret?
bool is_secret_name(std::string_view key);
/// Does this value look like a token, a key or a URL with a password?
bool is_secret_shape(std::string_view value);

}  // namespace wavegate::desired
