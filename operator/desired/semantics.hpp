#pragma once

#include "operator/desired/catalog.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

/// The rules that no schema can say. Each function reports every breach of its part.
struct Semantics {
    const Catalog& catalog;
    const std::vector<MergedService>& members;
    Report& report;

    /// Waves, the multiplexer's client, defaults.
    void fleet() const;
    /// Own keys of the auth block.
    void auth_block() const;
    /// Waves and policies of services, the multiplexer and portainer-mcp, env, probes.
    void services() const;
    /// Clients share neither id nor secret.
    void clients() const;
    /// Principals, servers and tools of rules.
    void policies() const;
    /// One document, whose files don't meet.
    void monitoring() const;
    /// Names that the policy server would take for one, and services that share a place.
    void names() const;
    /// Values that look like secrets, wherever they stand.
    void secrets() const;
};

/// How long a soak must be, so that a token frozen at its start is dead before its end; zero when
/// the multiplexer's client is not known.
Duration least_soak(const Catalog& catalog);

/// Does a policy decide about a principal on all of a server's tools?
enum class PolicyVerdict { Silent, Allow, Deny };

/// What all policies decide about one principal, by server: made once, since asking each rule for
/// each service costs their product. Refers to the policies.
class PolicyVerdicts {
  public:
    PolicyVerdicts(const std::vector<Bound<PolicySpec>>& policies, std::string_view principal);

    /// The verdict of the policy at this position.
    [[nodiscard]] PolicyVerdict of(std::size_t policy, std::string_view server, PolicyAction action)
        const;
    /// The positions of policies that may deny something on this server, ascending.
    [[nodiscard]] std::vector<std::size_t> denying(std::string_view server) const;

  private:
    struct Decision {
        std::size_t rule;
        PolicyVerdict verdict;
    };
    using ByAction = std::array<std::optional<Decision>, 2>;
    struct Decisions {
        ByAction everywhere;
        std::map<std::string_view, ByAction> named;
    };
    void note(std::size_t policy, std::size_t rule, const PolicyRuleSpec& spec);
    static bool note(Decision decision, const PolicyRuleSpec& spec, ByAction& at);

    std::vector<Decisions> policies_;
    std::vector<std::size_t> denying_everywhere_;
    std::map<std::string_view, std::vector<std::size_t>> denying_named_;
};

/// As the policy server shortens names (eunomia.md); for ASCII.
std::string slug(std::string_view name);

/// Letters, digits and _, no digit first.
bool is_variable_name(std::string_view key);
/// Does a variable of this name usually hold a secret?
bool is_secret_name(std::string_view key);
/// Does this value look like a token, a key or a URL with a password?
bool is_secret_shape(std::string_view value);

}  // namespace wavegate::desired
