#include "operator/sandbox/eunomia/schema.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>

namespace wavegate::sandbox::pdp {

namespace json = boost::json;

namespace {

constexpr std::string_view kOperators =
    "'equals', 'not_equals', 'contains', 'not_contains', 'startswith', 'endswith', 'gt', 'gte', "
    "'lt', 'lte', 'in' or 'not_in'";
constexpr std::string_view kEffects = "'allow' or 'deny'";

/// Collects complaints, each with the path to where it was found.
class Complaints {
  public:
    json::array faults;
    std::string crash;
    json::array at{"body"};

    [[nodiscard]] bool none() const { return faults.empty() && crash.empty(); }
    void say(std::string_view type, std::string_view text, const json::value& input) {
        faults.push_back(
            json::object{{"type", type}, {"loc", at}, {"msg", text}, {"input", input}});
    }
    void say(
        std::string_view type,
        std::string_view text,
        const json::value& input,
        json::object context) {
        say(type, text, input);
        faults.back().as_object()["ctx"] = std::move(context);
    }
    void say_value_error(const std::string& text, const json::value& input) {
        say("value_error", "Value error, " + text, input, {{"error", json::object()}});
    }
    void say_choice(std::string_view type, std::string_view expected, const json::value& input) {
        say(type, "Input should be " + std::string(expected), input, {{"expected", expected}});
    }
};

/// One step down the path while it lives.
class Step {
  public:
    Step(Complaints& complaints, std::string_view key) : complaints_(complaints) {
        complaints_.at.emplace_back(key);
    }
    Step(Complaints& complaints, std::size_t index) : complaints_(complaints) {
        complaints_.at.emplace_back(index);
    }
    ~Step() { complaints_.at.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

  private:
    Complaints& complaints_;
};

const json::object* as_object(Complaints& complaints, const json::value& value) {
    if (!value.is_object()) {
        complaints.say(
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
            value);
        return nullptr;
    }
    return &value.get_object();
}

const json::value*
required(Complaints& complaints, const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) {
        const Step step(complaints, key);
        complaints.say("missing", "Field required", object);
    }
    return value;
}

void take_text(Complaints& complaints, const json::value& value, std::string& out) {
    if (value.is_string()) {
        out = std::string(value.get_string());
    } else {
        complaints.say("string_type", "Input should be a valid string", value);
    }
}

void take_text(
    Complaints& complaints,
    const json::object& object,
    std::string_view key,
    std::string& out) {
    if (const auto* value = required(complaints, object, key)) {
        const Step step(complaints, key);
        take_text(complaints, *value, out);
    }
}

void take_description(
    Complaints& complaints,
    const json::object& object,
    std::optional<std::string>& out) {
    const auto* value = object.if_contains("description");
    if (value != nullptr && !value->is_null()) {
        const Step step(complaints, "description");
        take_text(complaints, *value, out.emplace());
    }
}

std::string_view python_type(const json::value& value) {
    if (value.is_null()) {
        return "NoneType";
    }
    if (value.is_bool()) {
        return "bool";
    }
    if (value.is_double()) {
        return "float";
    }
    if (value.is_array()) {
        return "list";
    }
    return value.is_object() ? "dict" : "int";
}

void take_name(Complaints& complaints, const json::object& object, std::string& out) {
    const auto* value = required(complaints, object, "name");
    if (value == nullptr) {
        return;
    }
    if (!value->is_string()) {
        complaints.crash =
            "'" + std::string(python_type(*value)) + "' object has no attribute 'lower'";
        return;
    }
    const std::string given(value->get_string());
    out = slug(given);
    if (out.empty()) {
        const Step step(complaints, "name");
        complaints.say_value_error("Cannot create valid slug from: " + given, *value);
    }
}

void take_effect(Complaints& complaints, const json::value& value, bool& allow) {
    allow = value == "allow";
    if (!allow && value != "deny") {
        complaints.say_choice("enum", kEffects, value);
    }
}

void refuse_others(
    Complaints& complaints,
    const json::object& object,
    std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : object) {
        if (std::find(known.begin(), known.end(), std::string_view(key)) == known.end()) {
            const Step step(complaints, key);
            complaints.say("extra_forbidden", "Extra inputs are not permitted", value);
        }
    }
}

template <class T, class Take>
void take_list(
    Complaints& complaints,
    const json::value& value,
    std::vector<T>& out,
    const Take& take) {
    if (!value.is_array()) {
        complaints.say("list_type", "Input should be a valid list", value);
        return;
    }
    std::size_t index = 0;
    for (const auto& item : value.get_array()) {
        const Step step(complaints, index++);
        take(complaints, item, out.emplace_back());
    }
}

void take_condition(Complaints& complaints, const json::value& body, Condition& out) {
    const auto* object = as_object(complaints, body);
    if (object == nullptr) {
        return;
    }
    take_text(complaints, *object, "path", out.path);
    if (const auto* op = required(complaints, *object, "operator")) {
        const Step step(complaints, "operator");
        const std::string name = op->is_string() ? std::string(op->get_string()) : std::string();
        if (kOperators.find("'" + name + "'") == std::string_view::npos || name.empty()) {
            complaints.say_choice("enum", kOperators, *op);
        }
        out.op = name;
    }
    if (const auto* value = required(complaints, *object, "value")) {
        out.value = value->is_string() ? json_or_text(value->get_string()) : *value;
    }
    refuse_others(complaints, *object, {"path", "operator", "value"});
}

void take_conditions(
    Complaints& complaints,
    const json::object& object,
    std::string_view key,
    std::vector<Condition>& out) {
    if (const auto* value = object.if_contains(key)) {
        const Step step(complaints, key);
        take_list(complaints, *value, out, take_condition);
    }
}

void take_actions(Complaints& complaints, const json::object& object, Rule& out) {
    const auto* value = required(complaints, object, "actions");
    if (value == nullptr) {
        return;
    }
    const Step step(complaints, "actions");
    const json::value list = value->is_string() ? json_or_text(value->get_string()) : *value;
    if (value->is_string() && list.is_string()) {
        const json::object error{
            {"msg", "Expecting value"}, {"doc", *value}, {"pos", 0}, {"lineno", 1}, {"colno", 1}};
        complaints.say(
            "value_error",
            "Value error, Expecting value: line 1 column 1 (char 0)",
            *value,
            {{"error", error}});
        return;
    }
    take_list(
        complaints, list, out.actions, [](Complaints& c, const json::value& v, std::string& text) {
            take_text(c, v, text);
        });
}

void take_rule(Complaints& complaints, const json::value& body, Rule& out) {
    const auto* object = as_object(complaints, body);
    if (object == nullptr) {
        return;
    }
    take_name(complaints, *object, out.name);
    take_description(complaints, *object, out.description);
    if (const auto* effect = required(complaints, *object, "effect")) {
        const Step step(complaints, "effect");
        take_effect(complaints, *effect, out.allow);
    }
    take_conditions(complaints, *object, "principal_conditions", out.principal);
    take_conditions(complaints, *object, "resource_conditions", out.resource);
    take_actions(complaints, *object, out);
    refuse_others(
        complaints,
        *object,
        {"name",
         "description",
         "effect",
         "principal_conditions",
         "resource_conditions",
         "actions"});
}

void take_policy(Complaints& complaints, const json::value& body, Policy& out) {
    const auto* object = as_object(complaints, body);
    if (object == nullptr) {
        return;
    }
    if (const auto* version = object->if_contains("version")) {
        const Step step(complaints, "version");
        take_text(complaints, *version, out.version);
    }
    take_name(complaints, *object, out.name);
    take_description(complaints, *object, out.description);
    if (const auto* rules = required(complaints, *object, "rules")) {
        const Step step(complaints, "rules");
        take_list(complaints, *rules, out.rules, take_rule);
    }
    if (const auto* effect = object->if_contains("default_effect")) {
        const Step step(complaints, "default_effect");
        take_effect(complaints, *effect, out.default_allow);
    }
    refuse_others(
        complaints, *object, {"version", "name", "description", "rules", "default_effect"});
}

// A list of {"key", "value"} pairs is taken too; a pair without either crashes the server.
void take_attributes(Complaints& complaints, const json::value& value, json::object& out) {
    const Step step(complaints, "attributes");
    if (value.is_object()) {
        out = value.get_object();
    } else if (value.is_array()) {
        for (const auto& item : value.get_array()) {
            const auto* pair = item.if_object();
            const auto* key = pair == nullptr ? nullptr : pair->if_contains("key");
            const auto* content = pair == nullptr ? nullptr : pair->if_contains("value");
            if (key == nullptr || !key->is_string() || content == nullptr) {
                complaints.crash = key == nullptr ? "'key'" : "'value'";
                return;
            }
            out[key->get_string()] = *content;
        }
    } else if (!value.is_null()) {
        complaints.say("dict_type", "Input should be a valid dictionary", value);
    }
}

void take_entity(
    Complaints& complaints,
    const json::object& question,
    std::string_view side,
    Entity& out) {
    const auto* body = required(complaints, question, side);
    if (body == nullptr) {
        return;
    }
    const Step step(complaints, side);
    const auto* object = as_object(complaints, *body);
    if (object == nullptr) {
        return;
    }
    const auto before = complaints.faults.size();
    const auto* uri = object->if_contains("uri");
    if (uri != nullptr && !uri->is_null()) {
        const Step into(complaints, "uri");
        take_text(complaints, *uri, out.uri);
    }
    if (const auto* attributes = object->if_contains("attributes")) {
        take_attributes(complaints, *attributes, out.attributes);
    }
    out.type = std::string(side);
    const auto* type = object->if_contains("type");
    if (type != nullptr && *type != json::string_view(side)) {
        const Step into(complaints, "type");
        complaints.say_choice(
            "literal_error", "<EntityType." + out.type + ": '" + out.type + "'>", *type);
    }
    if (complaints.faults.size() == before && out.uri.empty() && out.attributes.empty()) {
        complaints.say_value_error(
            "Either 'uri' or non-empty 'attributes' must be provided", *body);
    }
}

void take_question(Complaints& complaints, const json::value& body, Question& out) {
    const auto* object = as_object(complaints, body);
    if (object == nullptr) {
        return;
    }
    take_entity(complaints, *object, "principal", out.principal);
    take_entity(complaints, *object, "resource", out.resource);
    if (const auto* action = object->if_contains("action")) {
        const Step step(complaints, "action");
        take_text(complaints, *action, out.action);
    }
}

template <class T, class Take>
Parsed<T> parse(const json::value& body, const Take& take) {
    Complaints complaints;
    T value;
    take(complaints, body, value);
    Parsed<T> parsed;
    if (complaints.none()) {
        parsed.value = std::move(value);
    }
    parsed.faults = std::move(complaints.faults);
    parsed.crash = std::move(complaints.crash);
    return parsed;
}

}  // namespace

Parsed<Policy> parse_policy(const json::value& body) {
    return parse<Policy>(body, take_policy);
}

Parsed<Question> parse_question(const json::value& body) {
    return parse<Question>(body, take_question);
}

Parsed<std::vector<Question>> parse_questions(const json::value& body) {
    return parse<std::vector<Question>>(
        body, [](Complaints& complaints, const json::value& value, std::vector<Question>& out) {
            take_list(complaints, value, out, take_question);
        });
}

}  // namespace wavegate::sandbox::pdp
