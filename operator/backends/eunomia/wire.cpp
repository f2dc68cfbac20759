#include "operator/backends/eunomia/wire.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/answer.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/net/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::eunomia {

namespace json = boost::json;
using formats::answer_json;
using formats::unexpected;

namespace {

Result<std::string> text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) {
        return unexpected("a text is missing");
    }
    return std::string(value->get_string());
}

Result<const json::array*> list(const json::object& object, std::string_view key) {
    const auto* items = formats::array_at(object, {key});
    if (items == nullptr) {
        return unexpected("a list is missing");
    }
    return items;
}

Result<std::vector<PolicyCondition>> conditions(const json::object& rule, std::string_view key) {
    const auto items = list(rule, key);
    if (!items) {
        return items.error();
    }
    std::vector<PolicyCondition> out;
    for (const auto& item : **items) {
        const auto* object = item.if_object();
        const auto* value = object == nullptr ? nullptr : object->if_contains("value");
        if (value == nullptr) {
            return unexpected("a condition has no value");
        }
        auto path = text(*object, "path");
        auto op = text(*object, "operator");
        if (!path || !op) {
            return unexpected("a condition without path or operator");
        }
        out.push_back({std::move(*path), std::move(*op), json::serialize(*value)});
    }
    return out;
}

Result<std::vector<std::string>> texts(const json::array& items) {
    std::vector<std::string> out;
    for (const auto& item : items) {
        if (!item.is_string()) {
            return unexpected("a list of texts has something else");
        }
        out.emplace_back(item.get_string());
    }
    return out;
}

Result<PolicyRule> rule_from(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return unexpected("a rule is no object");
    }
    auto name = text(*object, "name");
    const auto effect = text(*object, "effect");
    auto principal = conditions(*object, "principal_conditions");
    auto resource = conditions(*object, "resource_conditions");
    const auto actions = list(*object, "actions");
    if (!name || !effect || !principal || !resource || !actions) {
        return unexpected("a rule is incomplete");
    }
    auto named = texts(**actions);
    if (!named || (*effect != "allow" && *effect != "deny")) {
        return unexpected("a rule's effect or actions");
    }
    PolicyRule rule;
    rule.name = std::move(*name);
    rule.effect = *effect == "allow" ? PolicyEffect::Allow : PolicyEffect::Deny;
    rule.principal = std::move(*principal);
    rule.resource = std::move(*resource);
    rule.actions = std::move(*named);
    return rule;
}

Result<Policy> policy_from(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return unexpected("a policy is no object");
    }
    auto name = text(*object, "name");
    const auto rules = list(*object, "rules");
    if (!name || !rules) {
        return unexpected("a policy without name or rules");
    }
    Policy policy;
    policy.name = std::move(*name);
    policy.description = formats::text_at(*object, {"description"});
    for (const auto& item : **rules) {
        auto rule = rule_from(item);
        if (!rule) {
            return rule.take_error();
        }
        policy.rules.push_back(std::move(*rule));
    }
    return policy;
}

Result<PolicyAnswer> answer_from(const json::value& value) {
    const auto* object = value.if_object();
    const auto* allowed = object == nullptr ? nullptr : object->if_contains("allowed");
    if (allowed == nullptr || !allowed->is_bool()) {
        return unexpected("a decision without `allowed`");
    }
    PolicyAnswer answer;
    answer.allowed = allowed->get_bool();
    answer.reason = formats::text_at(*object, {"reason"});
    return answer;
}

Result<json::value> condition_value(const PolicyCondition& condition) {
    boost::system::error_code failed;
    json::value value = json::parse(condition.value, failed);
    if (failed) {
        return Error(ErrorKind::Invalid, "a policy condition's value is no JSON");
    }
    return value;
}

// An empty list is left out: the server fills it in.
Result<void> add_conditions(
    json::object& rule,
    std::string_view key,
    const std::vector<PolicyCondition>& conditions) {
    json::array out;
    for (const auto& condition : conditions) {
        auto value = condition_value(condition);
        if (!value) {
            return value.take_error();
        }
        if (value->is_string()) {
            *value = json::serialize(*value);
        }
        out.push_back(json::object{
            {"path", condition.path}, {"operator", condition.op}, {"value", std::move(*value)}});
    }
    if (!out.empty()) {
        rule[key] = std::move(out);
    }
    return {};
}

json::object question_from(const PolicyQuestion& question) {
    const auto colon = question.principal.find(':');
    const auto agent =
        colon == std::string::npos ? question.principal : question.principal.substr(colon + 1);
    const bool lists = question.action == PolicyAction::List;
    const std::string uri = "mcp:tools:" + question.tool;
    json::object attributes{
        {"method", lists ? "tools/list" : "tools/call"},
        {"component_type", "tools"},
        {"name", question.tool},
        {"uri", uri}};
    if (!lists) {
        attributes["arguments"] = json::object();
    }
    const json::object asker{
        {"agent_id", agent}, {"user_id", "unknown"}, {"user_agent", "python-httpx/0.28.1"}};
    return {
        {"principal",
         json::object{{"uri", question.principal}, {"attributes", asker}, {"type", "principal"}}},
        {"resource",
         json::object{{"uri", uri}, {"attributes", std::move(attributes)}, {"type", "resource"}}},
        {"action", lists ? "list" : "execute"}};
}

}  // namespace

Result<std::string> policy_body(const Policy& policy) {
    json::array rules;
    for (const auto& rule : policy.rules) {
        json::object out{
            {"name", rule.name},
            {"effect", rule.effect == PolicyEffect::Allow ? "allow" : "deny"},
            {"actions", json::array(rule.actions.begin(), rule.actions.end())}};
        auto principal = add_conditions(out, "principal_conditions", rule.principal);
        auto resource = add_conditions(out, "resource_conditions", rule.resource);
        if (!principal || !resource) {
            return !principal ? principal.take_error() : resource.take_error();
        }
        rules.push_back(std::move(out));
    }
    const json::object body{
        {"name", policy.name}, {"description", policy.description}, {"rules", std::move(rules)}};
    std::string out = json::serialize(body);
    if (!is_utf8(out)) {
        return Error(ErrorKind::Invalid, "a policy is not UTF-8");
    }
    return out;
}

Result<Policy> canonical(Policy policy) {
    for (auto& rule : policy.rules) {
        for (auto* side : {&rule.principal, &rule.resource}) {
            for (auto& condition : *side) {
                const auto value = condition_value(condition);
                if (!value) {
                    return value.error();
                }
                condition.value = json::serialize(*value);
            }
        }
    }
    return policy;
}

Result<Policy> parse_policy(std::string_view body) {
    auto value = answer_json(body);
    if (!value) {
        return value.take_error();
    }
    return policy_from(*value);
}

Result<std::vector<Policy>> parse_policies(std::string_view body) {
    const auto value = answer_json(body);
    if (!value || !value->is_array()) {
        return unexpected("policies are no list");
    }
    std::vector<Policy> out;
    for (const auto& item : value->get_array()) {
        auto policy = policy_from(item);
        if (!policy) {
            return policy.take_error();
        }
        out.push_back(std::move(*policy));
    }
    return out;
}

std::string question_body(const PolicyQuestion& question) {
    return json::serialize(question_from(question));
}

std::string questions_body(std::span<const PolicyQuestion> questions) {
    json::array out;
    for (const auto& question : questions) {
        out.push_back(question_from(question));
    }
    return json::serialize(out);
}

Result<PolicyAnswer> parse_answer(std::string_view body) {
    auto value = answer_json(body);
    if (!value) {
        return value.take_error();
    }
    return answer_from(*value);
}

Result<std::vector<PolicyAnswer>> parse_answers(std::string_view body) {
    const auto value = answer_json(body);
    if (!value || !value->is_array()) {
        return unexpected("decisions are no list");
    }
    std::vector<PolicyAnswer> out;
    for (const auto& item : value->get_array()) {
        auto answer = answer_from(item);
        if (!answer) {
            return answer.take_error();
        }
        out.push_back(std::move(*answer));
    }
    return out;
}

Result<bool> parse_deleted(std::string_view body) {
    const auto value = answer_json(body);
    if (!value || !value->is_bool()) {
        return unexpected("no true or false to a delete");
    }
    return value->get_bool();
}

bool says_already_exists(std::string_view body) {
    const auto value = answer_json(body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* detail = object == nullptr ? nullptr : object->if_contains("detail");
    return detail != nullptr && detail->is_string() &&
           std::string_view(detail->get_string()).ends_with(" already exists");
}

Error refusal(int status, bool write) {
    const bool maybe = write && status >= 500;
    return Error(
               net::kind_of_status(status),
               "HTTP status " + std::to_string(status),
               maybe ? Effect::Maybe : Effect::None)
        .with_status(status);
}

Error write_refusal(const HttpResponse& response) {
    auto error = refusal(response.status, true);
    const auto value = answer_json(response.body);
    const auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr || response.status >= 500) {
        return error;
    }
    // A text, or pydantic's list: {loc: [body, name], msg: Field required}.
    auto said = formats::text_at(*object, {"detail"});
    if (const auto* list = formats::array_at(*object, {"detail"})) {
        for (const auto& one : *list) {
            const auto* fault = one.if_object();
            const auto* place = fault == nullptr ? nullptr : formats::array_at(*fault, {"loc"});
            if (place != nullptr && !place->empty() && place->back().is_string()) {
                said += " " + std::string(place->back().get_string());
            }
            said += fault == nullptr ? "" : " " + formats::text_at(*fault, {"msg"});
        }
    }
    const auto words = their_words(said);
    if (words.empty()) {
        return error;
    }
    return Error(error.kind(), error.message() + ": " + words, error.effect())
        .with_status(response.status);
}

}  // namespace wavegate::eunomia
