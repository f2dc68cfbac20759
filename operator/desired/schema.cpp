#include "operator/desired/schema.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::YamlNode;

constexpr std::size_t kMostFaults = 100;

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

std::string below(const std::string& field, const std::string& name) {
    return field.empty() ? name : fmt::format("{}.{}", field, name);
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
            const auto path = below(field, entry.key.text);
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
            const auto path = below(field, name);
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
        if (expect(YamlNode::Kind::Scalar, in, schema, field)) {
            if (auto wrong = scalar_fault(in, schema); !wrong.empty()) {
                fault(in, field, std::move(wrong));
            }
        }
    }

    std::vector<Fault> faults_;
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
