#include "operator/importer/policies.hpp"

#include "operator/base/text.hpp"
#include "operator/importer/survey.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace wavegate::importer {
namespace {

namespace json = boost::json;

constexpr std::string_view kMark = "managed-by=wavegate fleet=";

/// The texts that a condition compares with, where it is `in` a list of texts or `equals` one.
std::optional<std::vector<std::string>> texts_of(const PolicyCondition& condition) {
    boost::system::error_code failed;
    const auto value = json::parse(condition.value, failed);
    std::vector<std::string> texts;
    if (!failed && condition.op == "equals" && value.is_string()) {
        texts.emplace_back(value.get_string());
        return texts;
    }
    if (failed || condition.op != "in" || !value.is_array()) {
        return std::nullopt;
    }
    for (const auto& one : value.get_array()) {
        if (!one.is_string()) {
            return std::nullopt;
        }
        texts.emplace_back(one.get_string());
    }
    return texts.empty() ? std::nullopt : std::optional(std::move(texts));
}

/// Names of principals, as a document takes them.
Result<std::vector<std::string>> principals_of(const PolicyRule& rule) {
    if (rule.principal.empty()) {
        return Error(ErrorKind::Invalid, "is about everyone, and a document names each principal");
    }
    if (rule.principal.size() > 1 || rule.principal.front().path != "uri") {
        return Error(
            ErrorKind::Invalid,
            "tells principals by other things than their uri, which no document can say");
    }
    auto texts = texts_of(rule.principal.front());
    if (!texts) {
        return Error(ErrorKind::Invalid, "compares principals otherwise than with a list of names");
    }
    const bool agents = std::all_of(texts->begin(), texts->end(), [](const std::string& one) {
        return one.starts_with("agent:");
    });
    if (!agents) {
        return Error(ErrorKind::Invalid, "names principals that are no agents");
    }
    return std::move(*texts);
}

/// Names of tools; empty: all that there is.
Result<std::vector<std::string>> tools_of(const PolicyRule& rule) {
    constexpr const char* unknown =
        "has conditions about what is called that are no list of tools, which no document can say";
    if (rule.resource.empty()) {
        return std::vector<std::string>();
    }
    std::optional<std::vector<std::string>> tools;
    bool of_tools = false;
    for (const auto& condition : rule.resource) {
        auto texts = texts_of(condition);
        if (condition.path == "attributes.component_type" && texts &&
            *texts == std::vector<std::string>{"tools"}) {
            of_tools = true;
        } else if (condition.path == "attributes.name" && texts && !tools) {
            tools = std::move(texts);
        } else {
            return Error(ErrorKind::Invalid, unknown);
        }
    }
    if (!of_tools || !tools) {
        return Error(ErrorKind::Invalid, unknown);
    }
    if (std::any_of(tools->begin(), tools->end(), [](const std::string& tool) {
            return tool.empty() || tool.find('*') != std::string::npos;
        })) {
        return Error(ErrorKind::Invalid, "names tools that no document can name");
    }
    return std::move(*tools);
}

Result<std::vector<PolicyAction>> actions_of(const PolicyRule& rule) {
    std::vector<PolicyAction> actions;
    for (const auto& action : rule.actions) {
        if (action != "list" && action != "execute") {
            return Error(
                ErrorKind::Invalid,
                fmt::format("is about the action {}, which no MCP service asks", one_line(action)));
        }
        actions.push_back(action == "list" ? PolicyAction::List : PolicyAction::Execute);
    }
    if (actions.empty()) {
        return Error(ErrorKind::Invalid, "is about no action");
    }
    return actions;
}

Result<PolicyRuleSpec> rule_of(const PolicyRule& rule) {
    auto principals = principals_of(rule);
    if (!principals) {
        return principals.take_error();
    }
    auto tools = tools_of(rule);
    if (!tools) {
        return tools.take_error();
    }
    auto actions = actions_of(rule);
    if (!actions) {
        return actions.take_error();
    }
    PolicyRuleSpec spec;
    spec.name = rule.name;
    spec.effect = rule.effect;
    spec.principals = std::move(*principals);
    spec.servers = {"*"};
    spec.tools = std::move(*tools);
    spec.actions = std::move(*actions);
    return spec;
}

Result<std::vector<PolicyRuleSpec>> rules_of(const Policy& policy) {
    std::vector<PolicyRuleSpec> rules;
    for (const auto& rule : policy.rules) {
        auto spec = rule_of(rule);
        if (!spec) {
            return spec.take_error().in("rule " + one_line(rule.name));
        }
        if (!is_document_name(spec->name)) {
            return Error(ErrorKind::Invalid, "a rule's name is none that a document can give");
        }
        rules.push_back(std::move(*spec));
    }
    if (rules.empty()) {
        return Error(ErrorKind::Invalid, "has no rule");
    }
    return rules;
}

/// As the policy server shortens names.
std::string slug(std::string_view text) {
    std::string out;
    for (const char c : to_lower(text)) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (kept) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    while (out.ends_with('-')) {
        out.pop_back();
    }
    return out;
}

/// "wavegate-<fleet>-<document>-<hash>" → the document; empty: it is none of this fleet's names.
std::string document_in(const std::string& name, const std::string& fleet) {
    const auto prefix = "wavegate-" + slug(fleet) + "-";
    const auto end = name.rfind('-');
    return name.starts_with(prefix) && end != std::string::npos && end > prefix.size()
               ? name.substr(prefix.size(), end - prefix.size())
               : std::string();
}

class Importer {
  public:
    explicit Importer(const std::string& fleet) : fleet_(fleet) {}

    void add(const Policy& policy) {
        if (policy.description.starts_with(kMark) &&
            policy.description.substr(kMark.size()) != fleet_) {
            leave(policy, "bears the mark of another fleet");
            return;
        }
        const bool ours = policy.description.starts_with(kMark);
        const auto name = ours ? document_in(policy.name, fleet_) : policy.name;
        auto rules = rules_of(policy);
        if (!rules) {
            leave(policy, rules.error().message());
        } else if (!is_document_name(name)) {
            leave(policy, "its name is none that a document can have");
        } else if (!taken_.insert(name).second) {
            leave(policy, "another one says the document " + name + " already");
        } else {
            ImportedPolicy imported;
            imported.spec.name = name;
            imported.spec.rules = std::move(*rules);
            imported.spec.adopt = !ours;
            imported.seen = policy.name;
            all.documents.push_back(std::move(imported));
        }
    }

    ImportedPolicies all;

  private:
    void leave(const Policy& policy, const std::string& why) {
        all.leftovers.push_back({"policy " + one_line(policy.name), why});
    }

    const std::string& fleet_;
    std::set<std::string> taken_;
};

}  // namespace

ImportedPolicies import_policies(const std::vector<Policy>& policies, const std::string& fleet) {
    Importer importer(fleet);
    for (const auto& policy : policies) {
        importer.add(policy);
    }
    auto& documents = importer.all.documents;
    std::sort(documents.begin(), documents.end(), [](const auto& a, const auto& b) {
        return a.spec.name < b.spec.name;
    });
    return std::move(importer.all);
}

bool lets_in(const PolicySpec& policy, std::string_view principal) {
    const auto grants = [&](PolicyAction action) {
        return std::any_of(
            policy.rules.begin(), policy.rules.end(), [&](const PolicyRuleSpec& rule) {
                const auto holds = [](const auto& list, const auto& item) {
                    return std::find(list.begin(), list.end(), item) != list.end();
                };
                return rule.effect == PolicyEffect::Allow && holds(rule.principals, principal) &&
                       holds(rule.actions, action);
            });
    };
    return grants(PolicyAction::List) && grants(PolicyAction::Execute);
}

}  // namespace wavegate::importer
