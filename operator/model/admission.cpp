#include "operator/model/admission.hpp"

#include "operator/model/inputs.hpp"

#include <algorithm>
#include <string_view>

namespace wavegate {
namespace {

bool names(const PolicyCondition& condition, std::string_view value) {
    const auto quoted = "\"" + std::string(value) + "\"";
    return condition.op == "in" ? condition.value.find(quoted) != std::string::npos
                                : condition.op == "equals" && condition.value == quoted;
}

bool fits(const PolicyRule& rule, const AccessQuestion& question) {
    const auto all = [](const auto& conditions, auto holds) {
        return std::all_of(conditions.begin(), conditions.end(), holds);
    };
    return std::find(rule.actions.begin(), rule.actions.end(), question.action) !=
               rule.actions.end() &&
           all(rule.principal,
               [&](const PolicyCondition& condition) {
                   return condition.path == "uri" && names(condition, question.principal);
               }) &&
           all(rule.resource, [&](const PolicyCondition& condition) {
               return condition.path == "attributes.component_type"
                          ? names(condition, "tools")
                          : condition.path == "attributes.name" && names(condition, question.tool);
           });
}

bool needs_policies(
    const DesiredState& desired,
    const ServiceSpec& service,
    const Observed& observed) {
    const auto* block = live_block(service, observed);
    return enforces(desired, service, observed) ||
           (block != nullptr &&
            desired.fleet.auth_profile.asks_policies(*block, desired.fleet.jwt));
}

}  // namespace

bool lets_in(const std::vector<Policy>& policies, const AccessQuestion& question) {
    bool allowed = false;
    for (const auto& policy : policies) {
        const auto rule =
            std::find_if(policy.rules.begin(), policy.rules.end(), [&](const PolicyRule& each) {
                return fits(each, question);
            });
        if (rule == policy.rules.end()) {
            continue;
        }
        if (rule->effect == PolicyEffect::Deny) {
            return false;
        }
        allowed = true;
    }
    return allowed;
}

bool any_enforcing(const DesiredState& desired, const Observed& observed) {
    return std::any_of(
        desired.services.begin(), desired.services.end(), [&](const ServiceSpec& service) {
            return needs_policies(desired, service, observed);
        });
}

Tools probed_tools(const Ledger& ledger) {
    Tools tools;
    for (const auto& evidence : ledger.evidence) {
        if (evidence.kind != CheckKind::Baseline && evidence.kind != CheckKind::Direct) {
            continue;
        }
        for (const auto& [name, value] : evidence.facts) {
            if (name == "tool") {
                tools[evidence.subject].push_back(value);
            }
        }
    }
    return tools;
}

std::string locked_out(
    const DesiredState& desired,
    const Observed& observed,
    const Tools& all_tools,
    const std::vector<Policy>& before,
    const std::vector<Policy>& after) {
    for (const auto& service : desired.services) {
        if (!needs_policies(desired, service, observed)) {
            continue;
        }
        const auto known = all_tools.find(service.name);
        const bool unknown = known == all_tools.end() || known->second.empty();
        const auto tools = unknown ? std::vector<std::string>{""} : known->second;
        for (const auto& tool : tools) {
            for (const auto* action : {"list", "execute"}) {
                const AccessQuestion question{desired.fleet.multiplexer.principal, tool, action};
                if (lets_in(before, question) && !lets_in(after, question)) {
                    return service.name;
                }
            }
        }
    }
    return {};
}

}  // namespace wavegate
