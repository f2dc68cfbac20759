#include "operator/desired/kinds.hpp"

namespace wavegate::desired {
namespace {

PolicyRuleSpec rule_of(const Reader& in) {
    PolicyRuleSpec out;
    out.name = in["name"].text();
    out.effect = in["effect"].text() == "allow" ? PolicyEffect::Allow : PolicyEffect::Deny;
    out.principals = in["principals"].texts();
    out.servers = in["servers"].texts();
    out.tools = in["tools"].texts();
    for (const auto& action : in["actions"].texts()) {
        out.actions.push_back(action == "list" ? PolicyAction::List : PolicyAction::Execute);
    }
    return out;
}

}  // namespace

PolicySpec bind_policy(const Reader& document, const Origin& origin) {
    PolicySpec out;
    out.name = document["metadata"]["name"].text();
    out.origin = origin;
    out.adopt = document["spec"]["adopt"].boolean();
    for (const auto& rule : document["spec"]["rules"].items()) {
        out.rules.push_back(rule_of(rule));
    }
    return out;
}

}  // namespace wavegate::desired
