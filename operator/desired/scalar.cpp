#include "operator/desired/scalar.hpp"

#include "operator/base/text.hpp"
#include "operator/base/time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>

namespace wavegate::desired {
namespace {

using formats::in_quotes;
using formats::YamlNode;

/// std::regex recurses for each byte: what has a pattern must be short.
constexpr std::int64_t kLongestText = 8192;
constexpr std::int64_t kLongestMatched = 1024;

/// Would any YAML parser take this plain scalar for something else than text?
bool is_ambiguous(const YamlNode& node) {
    static constexpr std::array<std::string_view, 7> words{
        "true", "false", "yes", "no", "on", "off", "null"};
    if (node.quoted) {
        return false;
    }
    const auto lower = to_lower(node.text);
    return formats::to_number(node) || std::find(words.begin(), words.end(), lower) != words.end();
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
    });
}

std::string_view expectation(const Schema& schema) {
    if (schema.format == "reference") {
        return "must be a reference (env:NAME, file:/path or openbao:mount/path#key), never the "
               "secret itself";
    }
    if (schema.format == "uri") {
        return "must be a URL without user name and blanks, as http://host:8000/path";
    }
    if (schema.format == "duration") {
        return "must be a duration, as 90s, 10m or 1h30m";
    }
    if (schema.format == "date-time") {
        return "must be a time, as 2026-01-31T08:00:00Z";
    }
    return {};
}

bool has_format(std::string_view text, std::string_view format) {
    if (format == "duration") {
        return parse_duration(text).has_value();
    }
    return format != "date-time" || parse_rfc3339(text).has_value();
}

bool matches(const std::string& text, const std::string& pattern) {
    /// Compiling one costs more than a document's whole check.
    static thread_local std::map<std::string, std::regex> compiled;
    if (pattern.empty()) {
        return true;
    }
    auto at = compiled.find(pattern);
    if (at == compiled.end()) {
        at = compiled.emplace(pattern, std::regex(pattern)).first;
    }
    return std::regex_search(text, at->second);
}

std::string integer_fault(const YamlNode& in, const Schema& schema) {
    const auto value = formats::to_integer(in);
    if (!value) {
        return "must be a whole number, without quotes";
    }
    if (schema.minimum && *value < *schema.minimum) {
        return fmt::format("must be at least {}", *schema.minimum);
    }
    if (schema.maximum && *value > *schema.maximum) {
        return fmt::format("must be at most {}", *schema.maximum);
    }
    return {};
}

std::string length_fault(const YamlNode& in, const Schema& schema) {
    const auto size = static_cast<std::int64_t>(in.text.size());
    const auto longest = schema.pattern.empty() ? kLongestText : kLongestMatched;
    const auto most = std::min(schema.max_length.value_or(longest), longest);
    if (size > most) {
        return fmt::format("has {} bytes, at most {}", size, most);
    }
    if (schema.min_length && size < *schema.min_length) {
        return "is empty; give a value or remove the line";
    }
    return {};
}

std::string enum_fault(const YamlNode& in, const Schema& schema) {
    if (std::find(schema.values.begin(), schema.values.end(), in.text) != schema.values.end()) {
        return {};
    }
    return fmt::format("must be {}, not {}", fmt::join(schema.values, " or "), in_quotes(in.text));
}

std::string text_fault(const YamlNode& in, const Schema& schema) {
    if (is_ambiguous(in)) {
        return "must be text; put it in quotes";
    }
    if (has_control(in.text)) {
        return "has a control character; remove it";
    }
    if (!schema.values.empty()) {
        return enum_fault(in, schema);
    }
    if (auto wrong = length_fault(in, schema); !wrong.empty()) {
        return wrong;
    }
    if (matches(in.text, schema.pattern) && has_format(in.text, schema.format)) {
        return {};
    }
    const auto expected = expectation(schema);
    return expected.empty() ? fmt::format("{} must match {}", in_quotes(in.text), schema.pattern)
                            : std::string(expected);
}

}  // namespace

std::string scalar_fault(const YamlNode& node, const Schema& schema) {
    switch (schema.type) {
        case SchemaType::Boolean:
            return formats::to_bool(node) ? "" : "must be true or false, without quotes";
        case SchemaType::Integer:
            return integer_fault(node, schema);
        case SchemaType::Number:
            return formats::to_number(node) ? "" : "must be a number, without quotes";
        default:
            return text_fault(node, schema);
    }
}

}  // namespace wavegate::desired
