// Who is let in: by whoever's policies stand there before and after.
#include "operator/formats/json_fields.hpp"
#include "operator/model/admission.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace wavegate::guard {
namespace {

namespace json = boost::json;

/// The principals that a rule is about; nothing when that is anybody, or can't be told.
std::optional<std::set<std::string>> principals_of(const PolicyRule& rule) {
    for (const auto& condition : rule.principal) {
        const auto value = formats::parse_json(condition.value);
        const bool plain = condition.path == "uri" && value &&
                           (condition.op == "equals" ? value->is_string()
                                                     : condition.op == "in" && value->is_array());
        if (!plain) {
            continue;
        }
        std::set<std::string> names;
        if (value->is_string()) {
            return std::set<std::string>{std::string(value->get_string())};
        }
        for (const auto& item : value->get_array()) {
            if (!item.is_string()) {
                return std::nullopt;
            }
            names.emplace(item.get_string());
        }
        return names;
    }
    return std::nullopt;
}

/// Whom the desired state lets in anywhere.
std::set<std::string> named(const DesiredState& desired) {
    std::set<std::string> names;
    for (const auto& policy : desired.policies) {
        for (const auto& rule : policy.rules) {
            if (rule.effect == PolicyEffect::Allow) {
                names.insert(rule.principals.begin(), rule.principals.end());
            }
        }
    }
    return names;
}

std::string mark_of(const DesiredState& desired) {
    return "managed-by=wavegate fleet=" + desired.fleet.name;
}

}  // namespace

/// A policy of ours lets nobody in whom the desired state does not name. Conditions are joined by
/// "and" (eunomia.md), so that one that names principals bounds the rule.
Judge::Objection Judge::object_to_strangers(const Policy& policy) const {
    const auto allowed = named(desired_);
    for (const auto& rule : policy.rules) {
        if (rule.effect != PolicyEffect::Allow) {
            continue;
        }
        const auto principals = principals_of(rule);
        if (!principals ||
            !std::includes(
                allowed.begin(), allowed.end(), principals->begin(), principals->end())) {
            return Refusal{
                11,
                fmt::format(
                    "rule {} would let in whom the desired state does not name", rule.name)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to(const Edit& edit, const PolicyWrite& write, const Live& live)
    const {
    if (!std::holds_alternative<PolicyEdit>(edit.body)) {
        return mislabelled();
    }
    const auto* made = std::get_if<PolicyCreate>(&write);
    const auto& name = made != nullptr ? made->policy.name : std::get<PolicyDelete>(write).name;
    if (!name.starts_with("wavegate-") ||
        (made != nullptr && made->policy.description != mark_of(desired_))) {
        return Refusal{8, "the policy does not bear our mark"};
    }
    if (!live.policies) {
        return stale("the policies were not read again");
    }
    if (made == nullptr) {
        return object_to_deletion(name, *live.policies);
    }
    if (auto objection = object_to_strangers(made->policy)) {
        return objection;
    }
    auto after = *live.policies;
    after.push_back(made->policy);
    return keeps_admission(*live.policies, after);
}

Judge::Objection Judge::object_to_deletion(
    const std::string& name,
    const std::vector<Policy>& there) const {
    const auto seen =
        std::find_if(there.begin(), there.end(), [&](const Policy& p) { return p.name == name; });
    if (seen != there.end() && seen->description != mark_of(desired_)) {
        return Refusal{8, "the policy of that name is not ours"};
    }
    if (!any_enforcing()) {
        return std::nullopt;
    }
    if (!observed_.policies.ok()) {
        return stale("the policies were not observed");
    }
    // One that was made a moment ago is not among what the gate was asked about.
    std::vector<Policy> after;
    for (const auto& other : there) {
        const auto& known = *observed_.policies;
        const bool asked = std::any_of(
            known.begin(), known.end(), [&](const Policy& p) { return p.name == other.name; });
        if (asked && other.name != name) {
            after.push_back(other);
        }
    }
    const auto* gate = ledger_.latest(CheckKind::Policy, desired_.fleet.name);
    const bool verified = gate != nullptr && gate->verdict == wavegate::Verdict::Pass &&
                          gate->inputs == policy_inputs(desired_, observed_);
    if (!verified) {
        return Refusal{11, "services enforce, and what would be left was not verified"};
    }
    return keeps_admission(there, after);
}

Judge::Objection Judge::keeps_admission(
    const std::vector<Policy>& before,
    const std::vector<Policy>& after) const {
    const auto service = locked_out(desired_, observed_, probed_tools(ledger_), before, after);
    return service.empty()
               ? Objection()
               : Objection(Refusal{
                     11,
                     fmt::format(
                         "{} enforces, and would not let the multiplexer in any more", service)});
}

}  // namespace wavegate::guard
