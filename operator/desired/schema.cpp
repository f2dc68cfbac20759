#include "operator/desired/schema.hpp"

#include "operator/base/text.hpp"
#include "operator/base/time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::in_quotes;
using formats::YamlNode;

constexpr std::size_t kMostFaults = 100;
/// std::regex recurses for each byte: what has a pattern must be short.
constexpr std::size_t kLongestText = 8192;
constexpr std::size_t kLongestMatched = 1024;

std::string_view shape_of(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::Null:
            return "nothing";
        case YamlNode::Kind::Scalar:
            return "a single value";
        case YamlNode::Kind::Sequence:
            return "a list";
        case YamlNode::Kind::Map:
            return "a map";
    }
    return "nothing";
}

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

class Checker {
  public:
    YamlNode node(const YamlNode& in, const Schema& schema, const std::string& field) {
        switch (schema.type) {
            case SchemaType::Object:
                return map(in, schema, field);
            case SchemaType::Array:
                return list(in, schema, field);
            default:
                scalar(in, schema, field);
                return in;
        }
    }

    std::vector<Fault> take() && { return std::move(faults_); }

  private:
    void fault(const YamlNode& at, const std::string& field, std::string message) {
        if (faults_.size() < kMostFaults) {
            faults_.push_back({at.line, at.column, field, std::move(message)});
        }
    }

    bool expect(
        YamlNode::Kind kind,
        const YamlNode& in,
        const Schema& schema,
        const std::string& field) {
        if (in.kind == kind) {
            return true;
        }
        if (in.is_null()) {
            fault(in, field, "is empty; give a value or remove the line");
        } else {
            fault(
                in, field, fmt::format("must be {}, not {}", to_string(schema.type), shape_of(in)));
        }
        return false;
    }

    YamlNode map(const YamlNode& in, const Schema& schema, const std::string& field) {
        if (!expect(YamlNode::Kind::Map, in, schema, field) || schema.open) {
            return in;
        }
        YamlNode out = in;
        for (auto& entry : out.entries) {
            const auto path = field.empty() ? entry.key.text : field + "." + entry.key.text;
            if (entry.value.is_null() && !schema.open) {
                // An empty value has no sign of its own: its mark is that of what comes next.
                empty(entry.key, schema, path);
            } else if (const auto* known = schema.property(entry.key.text)) {
                entry.value = node(entry.value, *known, path);
            } else if (schema.additional) {
                entry.value = node(entry.value, *schema.additional, path);
            } else {
                unknown(entry.key, schema, path);
            }
        }
        complete(out, schema, field);
        return out;
    }

    void empty(const YamlNode& key, const Schema& schema, const std::string& path) {
        if (schema.property(key.text) == nullptr && !schema.additional) {
            unknown(key, schema, path);
        } else {
            fault(key, path, "is empty; give a value or remove the line");
        }
    }

    void unknown(const YamlNode& key, const Schema& schema, const std::string& path) {
        if (faults_.size() >= kMostFaults) {
            return;
        }
        std::vector<std::string> names;
        for (const auto& property : schema.properties) {
            names.push_back(property.name);
        }
        const auto near =
            key.text.size() <= 64 ? nearest(key.text, names) : std::optional<std::string>();
        auto message = near ? fmt::format("unknown field; did you mean {}?", *near)
                            : fmt::format("unknown field; known are {}", fmt::join(names, ", "));
        faults_.push_back({key.line, key.column, path, std::move(message), true});
    }

    /// Fills in defaults; what is required and has none is missing.
    void complete(YamlNode& out, const Schema& schema, const std::string& field) {
        for (const auto& [name, property] : schema.properties) {
            if (out.find(name) != nullptr) {
                continue;
            }
            const auto path = field.empty() ? name : field + "." + name;
            if (property.fallback) {
                YamlNode key;
                key.kind = YamlNode::Kind::Scalar;
                key.text = name;
                auto value = *property.fallback;
                put(value, out);
                out.entries.push_back({std::move(key), node(value, property, path)});
            } else if (
                std::find(schema.required.begin(), schema.required.end(), name) !=
                schema.required.end()) {
                fault(out, path, "is required");
            }
        }
    }

    static void put(YamlNode& value, const YamlNode& where) {
        value.line = where.line;
        value.column = where.column;
        value.offset = where.offset;
        for (auto& item : value.items) {
            put(item, where);
        }
        for (auto& entry : value.entries) {
            put(entry.value, where);
        }
    }

    YamlNode list(const YamlNode& in, const Schema& schema, const std::string& field) {
        if (!expect(YamlNode::Kind::Sequence, in, schema, field)) {
            return in;
        }
        const auto size = static_cast<std::int64_t>(in.items.size());
        if (schema.min_items && size < *schema.min_items) {
            fault(in, field, fmt::format("must have at least {} entry", *schema.min_items));
        }
        if (schema.max_items && size > *schema.max_items) {
            fault(in, field, fmt::format("has {} entries, at most {}", size, *schema.max_items));
            return in;
        }
        YamlNode out = in;
        for (std::size_t i = 0; schema.items && i < out.items.size(); ++i) {
            out.items[i] = node(out.items[i], *schema.items, fmt::format("{}[{}]", field, i));
        }
        return out;
    }

    void scalar(const YamlNode& in, const Schema& schema, const std::string& field) {
        if (!expect(YamlNode::Kind::Scalar, in, schema, field)) {
            return;
        }
        switch (schema.type) {
            case SchemaType::Boolean:
                if (!formats::to_bool(in)) {
                    fault(in, field, "must be true or false, without quotes");
                }
                return;
            case SchemaType::Integer:
                integer(in, schema, field);
                return;
            case SchemaType::Number:
                if (!formats::to_number(in)) {
                    fault(in, field, "must be a number, without quotes");
                }
                return;
            default:
                text(in, schema, field);
        }
    }

    void integer(const YamlNode& in, const Schema& schema, const std::string& field) {
        const auto value = formats::to_integer(in);
        if (!value) {
            fault(in, field, "must be a whole number, without quotes");
        } else if (schema.minimum && *value < *schema.minimum) {
            fault(in, field, fmt::format("must be at least {}", *schema.minimum));
        } else if (schema.maximum && *value > *schema.maximum) {
            fault(in, field, fmt::format("must be at most {}", *schema.maximum));
        }
    }

    void text(const YamlNode& in, const Schema& schema, const std::string& field) {
        if (is_ambiguous(in)) {
            fault(in, field, "must be text; put it in quotes");
        } else if (has_control(in.text)) {
            fault(in, field, "has a control character; remove it");
        } else if (!schema.values.empty()) {
            one_of(in, schema, field);
        } else if (!has_length(in, schema, field)) {
            return;
        } else if (!matches(in.text, schema) || !has_format(in.text, schema.format)) {
            const auto expected = expectation(schema);
            fault(
                in,
                field,
                expected.empty()
                    ? fmt::format("{} must match {}", in_quotes(in.text), schema.pattern)
                    : std::string(expected));
        }
    }

    void one_of(const YamlNode& in, const Schema& schema, const std::string& field) {
        if (std::find(schema.values.begin(), schema.values.end(), in.text) == schema.values.end()) {
            fault(
                in,
                field,
                fmt::format(
                    "must be {}, not {}", fmt::join(schema.values, " or "), in_quotes(in.text)));
        }
    }

    bool has_length(const YamlNode& in, const Schema& schema, const std::string& field) {
        const auto size = static_cast<std::int64_t>(in.text.size());
        const auto longest = schema.pattern.empty() ? kLongestText : kLongestMatched;
        const auto most = std::min(
            schema.max_length.value_or(static_cast<std::int64_t>(longest)),
            static_cast<std::int64_t>(longest));
        if (size > most) {
            fault(in, field, fmt::format("has {} bytes, at most {}", size, most));
            return false;
        }
        if (schema.min_length && size < *schema.min_length) {
            fault(in, field, "is empty; give a value or remove the line");
            return false;
        }
        return true;
    }

    bool matches(const std::string& text, const Schema& schema) {
        if (schema.pattern.empty()) {
            return true;
        }
        auto at = patterns_.find(schema.pattern);
        if (at == patterns_.end()) {
            at = patterns_.emplace(schema.pattern, std::regex(schema.pattern)).first;
        }
        return std::regex_search(text, at->second);
    }

    std::vector<Fault> faults_;
    /// Compiling one costs more than a document's whole check.
    inline static thread_local std::map<std::string, std::regex> patterns_;
};

}  // namespace

std::string_view to_string(SchemaType type) {
    switch (type) {
        case SchemaType::Object:
            return "a map";
        case SchemaType::Array:
            return "a list";
        case SchemaType::String:
            return "text";
        case SchemaType::Integer:
            return "a whole number";
        case SchemaType::Number:
            return "a number";
        case SchemaType::Boolean:
            return "true or false";
    }
    return "text";
}

const Schema* Schema::property(std::string_view name) const {
    const auto at = std::find_if(properties.begin(), properties.end(), [&](const auto& property) {
        return property.name == name;
    });
    return at == properties.end() ? nullptr : &at->schema;
}

Checked check(const YamlNode& document, const Schema& schema) {
    Checker checker;
    Checked out;
    out.value = checker.node(document, schema, "");
    out.faults = std::move(checker).take();
    return out;
}

}  // namespace wavegate::desired
