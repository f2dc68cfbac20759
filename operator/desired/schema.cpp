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

/// Works in place: a copy of each level would cost as many times the document.
class Checker {
  public:
    explicit Checker(std::size_t most) : most_(most) {}

    void node(YamlNode& value, const Schema& schema, const std::string& field) {
        if (faults_.size() >= most_) {
            return;
        }
        switch (schema.type) {
            case SchemaType::Object:
                map(value, schema, field);
                return;
            case SchemaType::Array:
                list(value, schema, field);
                return;
            default:
                scalar(value, schema, field);
        }
    }

    std::vector<Fault> take() && { return std::move(faults_); }

  private:
    void fault(const YamlNode& at, const std::string& field, std::string message) {
        if (faults_.size() < most_) {
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

    void map(YamlNode& value, const Schema& schema, const std::string& field) {
        if (!expect(YamlNode::Kind::Map, value, schema, field) || schema.open) {
            return;
        }
        for (auto& entry : value.entries) {
            const auto path = below(field, entry.key.text);
            if (entry.value.is_null()) {
                // An empty value has no sign of its own: its mark is that of what comes next.
                empty(entry.key, schema, path);
            } else if (const auto* known = schema.property(entry.key.text)) {
                node(entry.value, *known, path);
            } else if (schema.additional) {
                node(entry.value, *schema.additional, path);
            } else {
                unknown(entry.key, schema, path);
            }
            if (faults_.size() >= most_) {
                return;
            }
        }
        complete(value, schema, field);
    }

    void empty(const YamlNode& key, const Schema& schema, const std::string& path) {
        if (schema.property(key.text) == nullptr && !schema.additional) {
            unknown(key, schema, path);
        } else {
            fault(key, path, "is empty; give a value or remove the line");
        }
    }

    void unknown(const YamlNode& key, const Schema& schema, const std::string& path) {
        if (faults_.size() >= most_) {
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
    void complete(YamlNode& value, const Schema& schema, const std::string& field) {
        std::vector<const SchemaProperty*> lacking;
        for (const auto& property : schema.properties) {
            if (value.find(property.name) == nullptr) {
                lacking.push_back(&property);
            }
        }
        const auto defaults =
            std::count_if(lacking.begin(), lacking.end(), [](const auto* property) {
                return property->schema.fallback.has_value();
            });
        value.entries.reserve(value.entries.size() + static_cast<std::size_t>(defaults));
        for (const auto* property : lacking) {
            complete(value, *property, schema, below(field, property->name));
        }
    }

    void complete(
        YamlNode& value,
        const SchemaProperty& property,
        const Schema& schema,
        const std::string& path) {
        if (property.schema.fallback) {
            YamlNode key;
            key.kind = YamlNode::Kind::Scalar;
            key.text = property.name;
            auto fallback = *property.schema.fallback;
            put(fallback, value);
            node(fallback, property.schema, path);
            value.entries.push_back({std::move(key), std::move(fallback)});
        } else if (
            std::find(schema.required.begin(), schema.required.end(), property.name) !=
            schema.required.end()) {
            fault(value, path, "is required");
        }
    }

    static void put(YamlNode& given, const YamlNode& where) {
        given.line = where.line;
        given.column = where.column;
        given.offset = where.offset;
        for (auto& item : given.items) {
            put(item, where);
        }
        for (auto& entry : given.entries) {
            put(entry.value, where);
        }
    }

    void list(YamlNode& value, const Schema& schema, const std::string& field) {
        if (!expect(YamlNode::Kind::Sequence, value, schema, field)) {
            return;
        }
        const auto size = static_cast<std::int64_t>(value.items.size());
        if (schema.min_items && size < *schema.min_items) {
            fault(value, field, fmt::format("must have at least {} entry", *schema.min_items));
        }
        if (schema.max_items && size > *schema.max_items) {
            fault(value, field, fmt::format("has {} entries, at most {}", size, *schema.max_items));
            return;
        }
        for (std::size_t i = 0; schema.items && i < value.items.size(); ++i) {
            node(value.items[i], *schema.items, fmt::format("{}[{}]", field, i));
        }
    }

    void scalar(const YamlNode& in, const Schema& schema, const std::string& field) {
        if (expect(YamlNode::Kind::Scalar, in, schema, field)) {
            if (auto wrong = scalar_fault(in, schema); !wrong.empty()) {
                fault(in, field, std::move(wrong));
            }
        }
    }

    std::size_t most_;
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

Checked check(YamlNode document, const Schema& schema, std::size_t most) {
    Checker checker(most);
    Checked out;
    out.value = std::move(document);
    checker.node(out.value, schema, "");
    out.faults = std::move(checker).take();
    return out;
}

}  // namespace wavegate::desired
