#include "operator/desired/semantics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

bool holds(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool is_about_all(const std::vector<std::string>& list) {
    return list.empty() || holds(list, "*");
}

class PolicyRules {
  public:
    PolicyRules(const Semantics& all) : catalog_(all.catalog), report_(all.report) {
        for (const auto& member : all.members) {
            services_.push_back(member.spec.name);
        }
        known_.insert(services_.begin(), services_.end());
    }

    void check(const Bound<PolicySpec>& policy) {
        for (std::size_t i = 0; i < policy.value.rules.size(); ++i) {
            const auto& rule = policy.value.rules[i];
            const auto field = fmt::format("spec.rules[{}]", i);
            check_principals(*policy.document, field, rule);
            check_wildcards(*policy.document, field + ".servers", rule.servers);
            check_wildcards(*policy.document, field + ".tools", rule.tools);
            check_servers(*policy.document, field, rule);
        }
    }

  private:
    void check_principals(
        const Document& document,
        const std::string& field,
        const PolicyRuleSpec& rule) {
        for (std::size_t i = 0; i < rule.principals.size(); ++i) {
            const auto& principal = rule.principals[i];
            const auto place = fmt::format("{}.principals[{}]", field, i);
            if (principal.find('*') != std::string::npos) {
                report_.field(
                    document, place, "principals are exact, no patterns; name each of them");
            } else if (
                rule.effect == PolicyEffect::Allow &&
                (principal == "agent:" || principal == "agent:unknown")) {
                report_.field(
                    document,
                    place,
                    fmt::format(
                        "{} is whoever gives no name; only a deny may be about it",
                        in_quotes(principal)));
            }
        }
    }

    void check_wildcards(
        const Document& document,
        const std::string& field,
        const std::vector<std::string>& list) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (list[i].find('*') == std::string::npos) {
                continue;
            }
            if (list[i] != "*") {
                report_.field(
                    document,
                    fmt::format("{}[{}]", field, i),
                    fmt::format(
                        "{} is a pattern; give full names, or \"*\" alone", in_quotes(list[i])));
            } else if (list.size() > 1) {
                report_.field(
                    document,
                    fmt::format("{}[{}]", field, i),
                    "\"*\" is all already; keep it alone or remove it");
            }
        }
    }

    void
    check_servers(const Document& document, const std::string& field, const PolicyRuleSpec& rule) {
        if (!catalog_.registry_known || catalog_.incomplete) {
            return;
        }
        for (std::size_t i = 0; i < rule.servers.size(); ++i) {
            const auto& server = rule.servers[i];
            if (server.find('*') == std::string::npos && !known_.contains(server)) {
                report_.field(
                    document,
                    fmt::format("{}.servers[{}]", field, i),
                    fmt::format(
                        "unknown service {}{}", in_quotes(server), suggestion(server, services_)));
            }
        }
    }

    const Catalog& catalog_;
    Report& report_;
    std::vector<std::string> services_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace

PolicyVerdict decide(
    const PolicySpec& policy,
    std::string_view principal,
    std::string_view server,
    PolicyAction action) {
    for (const auto& rule : policy.rules) {
        const bool about =
            holds(rule.principals, principal) &&
            (is_about_all(rule.servers) || holds(rule.servers, server)) &&
            std::find(rule.actions.begin(), rule.actions.end(), action) != rule.actions.end();
        if (!about) {
            continue;
        }
        if (rule.effect == PolicyEffect::Allow) {
            return PolicyVerdict::Allow;
        }
        // A deny of some tools leaves the others to the rules below.
        if (is_about_all(rule.tools)) {
            return PolicyVerdict::Deny;
        }
    }
    return PolicyVerdict::Silent;
}

void Semantics::policies() const {
    PolicyRules rules(*this);
    for (const auto& policy : catalog.policies) {
        rules.check(policy);
    }
}

}  // namespace wavegate::desired
