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
                        "unknown service {}{}",
                        in_quotes(server),
                        report_.suggestion(server, services_)));
            }
        }
    }

    const Catalog& catalog_;
    Report& report_;
    std::vector<std::string> services_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace

PolicyVerdicts::PolicyVerdicts(
    const std::vector<Bound<PolicySpec>>& policies,
    std::string_view principal)
    : policies_(policies.size()) {
    for (std::size_t i = 0; i < policies.size(); ++i) {
        const auto& rules = policies[i].value.rules;
        for (std::size_t k = 0; k < rules.size(); ++k) {
            if (holds(rules[k].principals, principal)) {
                note(i, k, rules[k]);
            }
        }
    }
}

void PolicyVerdicts::note(std::size_t policy, std::size_t rule, const PolicyRuleSpec& spec) {
    const bool allows = spec.effect == PolicyEffect::Allow;
    if (!allows && !is_about_all(spec.tools)) {
        return;  // a deny of some tools leaves the others to the rules below
    }
    const Decision decision{rule, allows ? PolicyVerdict::Allow : PolicyVerdict::Deny};
    auto& decisions = policies_[policy];
    const auto add = [&](std::vector<std::size_t>& to) {
        if (to.empty() || to.back() != policy) {
            to.push_back(policy);
        }
    };
    if (is_about_all(spec.servers)) {
        if (note(decision, spec, decisions.everywhere) && !allows) {
            add(denying_everywhere_);
        }
        return;
    }
    for (const auto& server : spec.servers) {
        if (note(decision, spec, decisions.named[server]) && !allows) {
            add(denying_named_[server]);
        }
    }
}

/// The first rule of a policy that decides, decides. Does this one about anything?
bool PolicyVerdicts::note(Decision decision, const PolicyRuleSpec& spec, ByAction& at) {
    bool decides = false;
    for (const auto action : spec.actions) {
        auto& first = at.at(static_cast<std::size_t>(action));
        if (!first) {
            first = decision;
            decides = true;
        }
    }
    return decides;
}

PolicyVerdict PolicyVerdicts::of(std::size_t policy, std::string_view server, PolicyAction action)
    const {
    const auto& decisions = policies_.at(policy);
    auto first = decisions.everywhere.at(static_cast<std::size_t>(action));
    if (const auto named = decisions.named.find(server); named != decisions.named.end()) {
        const auto& other = named->second.at(static_cast<std::size_t>(action));
        if (other && (!first || other->rule < first->rule)) {
            first = other;
        }
    }
    return first ? first->verdict : PolicyVerdict::Silent;
}

std::vector<std::size_t> PolicyVerdicts::denying(std::string_view server) const {
    auto found = denying_everywhere_;
    if (const auto named = denying_named_.find(server); named != denying_named_.end()) {
        found.insert(found.end(), named->second.begin(), named->second.end());
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

void Semantics::policies() const {
    PolicyRules rules(*this);
    for (const auto& policy : catalog.policies) {
        if (report.full()) {
            return;
        }
        rules.check(policy);
    }
}

}  // namespace wavegate::desired
