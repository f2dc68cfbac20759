#include "operator/sandbox/eunomia/rules.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace wavegate::sandbox::pdp {

namespace json = boost::json;

namespace {

std::optional<double> number(const json::value& value) {
    if (value.is_bool()) {
        return value.get_bool() ? 1.0 : 0.0;
    }
    if (value.is_number()) {
        return value.to_number<double>();
    }
    return std::nullopt;
}

// Python's ==: true equals 1 and 1.0, text never equals a number.
bool equal(const json::value& a, const json::value& b) {
    const auto x = number(a);
    const auto y = number(b);
    if (x || y) {
        return x && y && *x == *y;
    }
    if (a.is_array() && b.is_array()) {
        const auto& left = a.get_array();
        const auto& right = b.get_array();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
    }
    return a == b;
}

bool text_holds(std::string_view op, std::string_view value, std::string_view target) {
    if (op == "contains") {
        return target.find(value) != std::string_view::npos;
    }
    if (op == "not_contains") {
        return target.find(value) == std::string_view::npos;
    }
    if (op == "startswith") {
        return target.starts_with(value);
    }
    return op == "endswith" && target.ends_with(value);
}

// Reversed in the server: the condition's value stands on the left.
bool number_holds(std::string_view op, double value, double target) {
    if (op == "gt") {
        return value > target;
    }
    if (op == "gte") {
        return value >= target;
    }
    if (op == "lt") {
        return value < target;
    }
    return op == "lte" && value <= target;
}

bool list_holds(std::string_view op, const json::array& value, const json::value& target) {
    const bool found =
        std::any_of(value.begin(), value.end(), [&](const auto& v) { return equal(v, target); });
    return (op == "in" && found) || (op == "not_in" && !found);
}

// A key that is also a method of Python's dict yields the method: equal to nothing.
const json::value* dict_method(std::string_view key) {
    static constexpr std::array<std::string_view, 11> kMethods{
        "clear",
        "copy",
        "fromkeys",
        "get",
        "items",
        "keys",
        "pop",
        "popitem",
        "setdefault",
        "update",
        "values"};
    static const json::value kMethod = json::object{{"method", "of dict"}};
    return std::find(kMethods.begin(), kMethods.end(), key) != kMethods.end() ? &kMethod : nullptr;
}

const json::value* element(const json::array& list, std::string_view index) {
    std::size_t at = 0;
    const auto [end, failed] = std::from_chars(index.data(), index.data() + index.size(), at);
    const bool whole = failed == std::errc() && end == index.data() + index.size();
    return whole && at < list.size() ? &list[at] : nullptr;
}

const json::value* member(const json::object& object, std::string_view key) {
    const auto* method = dict_method(key);
    return method != nullptr ? method : object.if_contains(key);
}

// `path` goes on below `attributes`: "KEY", "KEY.KEY", "KEY.0".
const json::value* attribute(const json::object& attributes, std::string_view path) {
    auto dot = path.find('.');
    const json::value* at = member(attributes, path.substr(0, dot));
    while (at != nullptr && dot != std::string_view::npos) {
        path.remove_prefix(dot + 1);
        dot = path.find('.');
        const auto key = path.substr(0, dot);
        if (at->is_object()) {
            at = member(at->get_object(), key);
        } else {
            at = at->is_array() ? element(at->get_array(), key) : nullptr;
        }
    }
    return at;
}

bool holds_for(const Condition& condition, const Entity& entity) {
    const std::string_view path = condition.path;
    if (path.starts_with("attributes.")) {
        const auto* target = attribute(entity.attributes, path.substr(11));
        return target != nullptr && holds(condition.op, condition.value, *target);
    }
    if (path == "uri" && !entity.uri.empty()) {
        return holds(condition.op, condition.value, json::value(entity.uri));
    }
    if (path == "type") {
        return holds(condition.op, condition.value, json::value(entity.type));
    }
    return path == "attributes" && holds(condition.op, condition.value, entity.attributes);
}

bool all_hold(const std::vector<Condition>& conditions, const Entity& entity) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
        return holds_for(condition, entity);
    });
}

const Rule* first_match(const Policy& policy, const Question& question) {
    for (const auto& rule : policy.rules) {
        const bool named = std::find(rule.actions.begin(), rule.actions.end(), question.action) !=
                           rule.actions.end();
        if (named && all_hold(rule.principal, question.principal) &&
            all_hold(rule.resource, question.resource)) {
            return &rule;
        }
    }
    return nullptr;
}

}  // namespace

bool holds(std::string_view op, const json::value& value, const json::value& target) {
    if (value.is_null() || target.is_null()) {
        return false;
    }
    if (op == "equals") {
        return equal(value, target);
    }
    if (op == "not_equals") {
        return !equal(value, target);
    }
    if (value.is_string() && target.is_string()) {
        return text_holds(op, value.get_string(), target.get_string());
    }
    const auto v = number(value);
    const auto t = number(target);
    if (v && t) {
        return number_holds(op, *v, *t);
    }
    return value.is_array() && list_holds(op, value.get_array(), target);
}

Decision evaluate(const std::vector<Policy>& policies, const Question& question) {
    std::string denied;
    std::string allowed;
    bool default_deny = false;
    for (const auto& policy : policies) {
        const Rule* rule = first_match(policy, question);
        if (rule == nullptr) {
            default_deny = default_deny || !policy.default_allow;
        } else if (rule->allow) {
            allowed = "Rule " + rule->name + " allowed the action in policy " + policy.name;
        } else {
            denied = "Rule " + rule->name + " denied the action in policy " + policy.name;
        }
    }
    if (!denied.empty()) {
        return {false, denied};
    }
    if (!allowed.empty()) {
        return {true, allowed};
    }
    return {
        false,
        default_deny ? "Action denied by default effect"
                     : "Action denied by default because there are no policies"};
}

Question
tool_question(const std::string& principal, const std::string& tool, const std::string& action) {
    const auto colon = principal.find(':');
    const auto agent = colon == std::string::npos ? principal : principal.substr(colon + 1);
    Question question;
    question.principal.uri = principal;
    question.principal.type = "principal";
    question.principal.attributes = {
        {"agent_id", agent}, {"user_id", "unknown"}, {"user_agent", "python-httpx/0.28.1"}};
    question.resource.uri = "mcp:tools:" + tool;
    question.resource.type = "resource";
    question.resource.attributes = {
        {"method", action == "list" ? "tools/list" : "tools/call"},
        {"component_type", "tools"},
        {"name", tool},
        {"uri", question.resource.uri}};
    if (action != "list") {
        question.resource.attributes["arguments"] = json::object();
    }
    question.action = action;
    return question;
}

}  // namespace wavegate::sandbox::pdp
