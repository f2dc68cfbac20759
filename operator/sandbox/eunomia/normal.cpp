#include "operator/sandbox/eunomia/schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <utility>

namespace wavegate::sandbox::pdp {

namespace json = boost::json;

namespace {

// Letters of U+00C0..U+017F without their accents; '?' has no such form and vanishes.
constexpr std::string_view kUnaccented =
    "aaaaaa?ceeeeiiii?nooooo??uuuuy??aaaaaa?ceeeeiiii?nooooo??uuuuy?yaaaaaaccccccccdd??eeeeeeeeee"
    "gggggggghh??iiiiiiiii???jjkk?llllllll??nnnnnnn??oooooo??rrrrrrsssssssstttt??uuuuuuuuuuuuwwyyyz"
    "zzzzzs";

// Of a letter's two UTF-8 bytes; '?' when nothing is left of it.
char unaccented(unsigned char first, unsigned char second) {
    const std::size_t at = (first - 0xC3U) * 64U + (second - 0x80U);
    return at < kUnaccented.size() ? kUnaccented[at] : '?';
}

char lower(unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool is_word(unsigned char c) {
    const char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

void add_to_slug(std::string& slug, char c) {
    const bool run = slug.empty() || slug.back() == '-';
    if (c != '?' && (c != '-' || !run)) {
        slug.push_back(c);
    }
}

// JSON has no infinity: the server writes null for a number that is too large.
json::value finite(const json::value& value) {
    const bool endless = value.is_double() && !std::isfinite(value.get_double());
    return endless ? json::value(nullptr) : value;
}

json::array to_json(const std::vector<Condition>& conditions) {
    json::array out;
    for (const auto& condition : conditions) {
        out.push_back(json::object{
            {"path", condition.path},
            {"operator", condition.op},
            {"value", finite(condition.value)}});
    }
    return out;
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

// Python's str(): what /admin/policies/simple makes of an attribute before parsing it again.
std::string python_text(const json::value& value) {
    if (value.is_string()) {
        return std::string(value.get_string());
    }
    if (value.is_bool()) {
        return value.get_bool() ? "True" : "False";
    }
    return value.is_null() ? "None" : json::serialize(value);
}

std::vector<Condition> equal_to_each(const json::object& attributes) {
    std::vector<Condition> out;
    for (const auto& [key, value] : attributes) {
        out.push_back(
            {"attributes." + std::string(key), "equals", json_or_text(python_text(value))});
    }
    return out;
}

}  // namespace

std::string slug(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            add_to_slug(out, is_word(byte) ? lower(byte) : '-');
        } else if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < text.size()) {
            const auto second = static_cast<unsigned char>(text[++i]);
            add_to_slug(out, unaccented(byte, second));
        }
    }
    while (!out.empty() && out.back() == '-') {
        out.pop_back();
    }
    return out;
}

json::value json_or_text(std::string_view text) {
    if (text == "NaN" || text == "Infinity" || text == "-Infinity") {
        return nullptr;
    }
    boost::system::error_code failed;
    json::value value = json::parse(json::string_view(text), failed);
    return failed ? json::value(text) : value;
}

Policy simple_policy(std::string_view name, const Question& question) {
    Rule rule;
    rule.name = slug(name);
    rule.allow = true;
    rule.principal = equal_to_each(question.principal.attributes);
    rule.resource = equal_to_each(question.resource.attributes);
    rule.actions = {question.action};
    Policy policy;
    policy.name = rule.name;
    policy.rules.push_back(std::move(rule));
    return policy;
}

json::object to_json(const Policy& policy) {
    json::array rules;
    for (const auto& rule : policy.rules) {
        rules.push_back(json::object{
            {"name", rule.name},
            {"description", text_or_null(rule.description)},
            {"effect", rule.allow ? "allow" : "deny"},
            {"principal_conditions", to_json(rule.principal)},
            {"resource_conditions", to_json(rule.resource)},
            {"actions", json::array(rule.actions.begin(), rule.actions.end())}});
    }
    return {
        {"version", policy.version},
        {"name", policy.name},
        {"description", text_or_null(policy.description)},
        {"rules", std::move(rules)},
        {"default_effect", policy.default_allow ? "allow" : "deny"}};
}

json::object to_json(const Decision& decision) {
    return {{"allowed", decision.allowed}, {"reason", decision.reason}};
}

}  // namespace wavegate::sandbox::pdp
