#include "reconcilers/policies/compile.hpp"

#include "operator/base/digest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

namespace wavegate::policies {
namespace {

namespace json = boost::json;

/// Letters, digits and `_` stay, everything else becomes one `-` (eunomia.md: names are slugs).
std::string slug(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '_') {
            out += static_cast<char>(std::tolower(byte));
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    while (!out.empty() && out.back() == '-') {
        out.pop_back();
    }
    return out;
}

PolicyCondition in(std::string path, const std::vector<std::string>& values) {
    json::array list;
    for (const auto& value : values) {
        list.emplace_back(value);
    }
    return {std::move(path), "in", json::serialize(list)};
}

bool means_all(const std::vector<std::string>& names) {
    return names.empty() || std::find(names.begin(), names.end(), "*") != names.end();
}

/// The tool names a rule is about; nullopt when a server's are not known. Empty = all.
std::optional<std::vector<std::string>> tools_of(
    const PolicyRuleSpec& rule,
    const std::map<std::string, std::vector<std::string>>& known) {
    if (means_all(rule.servers)) {
        return means_all(rule.tools) ? std::vector<std::string>() : rule.tools;
    }
    std::set<std::string> names;
    for (const auto& server : rule.servers) {
        const auto at = known.find(server);
        if (at == known.end() || at->second.empty()) {
            return std::nullopt;
        }
        for (const auto& tool : at->second) {
            const bool wanted =
                means_all(rule.tools) ||
                std::find(rule.tools.begin(), rule.tools.end(), tool) != rule.tools.end();
            if (wanted) {
                names.insert(tool);
            }
        }
    }
    if (names.empty()) {
        return std::nullopt;
    }
    return std::vector<std::string>(names.begin(), names.end());
}

std::optional<PolicyRule> compile_rule(
    const PolicyRuleSpec& spec,
    const std::map<std::string, std::vector<std::string>>& known) {
    const auto tools = tools_of(spec, known);
    if (!tools) {
        return std::nullopt;
    }
    PolicyRule rule;
    rule.name = slug(spec.name);
    rule.effect = spec.effect;
    rule.principal.push_back(in("uri", spec.principals));
    if (!tools->empty()) {
        rule.resource.push_back(in("attributes.component_type", {"tools"}));
        rule.resource.push_back(in("attributes.name", *tools));
    }
    for (const auto action : spec.actions) {
        rule.actions.emplace_back(action == PolicyAction::List ? "list" : "execute");
    }
    if (rule.actions.empty()) {
        rule.actions = {"list", "execute"};
    }
    return rule;
}

std::string body_text(const Policy& policy) {
    std::string text;
    for (const auto& rule : policy.rules) {
        text += rule.name + (rule.effect == PolicyEffect::Allow ? "+" : "-");
        for (const auto* conditions : {&rule.principal, &rule.resource}) {
            for (const auto& condition : *conditions) {
                text += condition.path + condition.op + condition.value + ";";
            }
            text += "|";
        }
        for (const auto& action : rule.actions) {
            text += action + ",";
        }
        text += "\n";
    }
    return text;
}

}  // namespace

std::string fleet_prefix(const std::string& fleet) {
    return "wavegate-" + slug(fleet) + "-";
}

std::string name_prefix(const std::string& fleet, const std::string& document) {
    return fleet_prefix(fleet) + slug(document) + "-";
}

std::string mark(const std::string& fleet) {
    return "managed-by=wavegate fleet=" + fleet;
}

std::optional<Policy> compile(
    const PolicySpec& spec,
    const std::string& fleet,
    const std::map<std::string, std::vector<std::string>>& tools) {
    Policy policy;
    policy.description = mark(fleet);
    for (const auto& rule : spec.rules) {
        auto compiled = compile_rule(rule, tools);
        if (!compiled) {
            return std::nullopt;
        }
        policy.rules.push_back(std::move(*compiled));
    }
    policy.name = name_prefix(fleet, spec.name) + short_hash(body_text(policy));
    return policy;
}

}  // namespace wavegate::policies
