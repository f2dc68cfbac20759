#include "operator/render/json_schema.hpp"

#include "operator/render/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace wavegate::render {
namespace {

namespace json = boost::json;
using desired::Schema;
using desired::SchemaType;
using formats::YamlNode;

std::string_view type_name(SchemaType type) {
    switch (type) {
        case SchemaType::Object:
            return "object";
        case SchemaType::Array:
            return "array";
        case SchemaType::String:
            return "string";
        case SchemaType::Integer:
            return "integer";
        case SchemaType::Number:
            return "number";
        case SchemaType::Boolean:
            return "boolean";
    }
    return "string";
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) {
        out.emplace_back(text);
    }
    return out;
}

/// A default in the type of its field: "20%" stays text, 3 becomes a number.
json::value default_value(const YamlNode& node, SchemaType type) {
    if (node.is_map()) {
        return json::object();
    }
    if (node.is_sequence()) {
        json::array out;
        for (const auto& item : node.items) {
            out.emplace_back(item.text);
        }
        return out;
    }
    if (type == SchemaType::Boolean) {
        return formats::to_bool(node).value_or(false);
    }
    if (type == SchemaType::Integer) {
        return formats::to_integer(node).value_or(0);
    }
    if (type == SchemaType::Number) {
        return formats::to_number(node).value_or(0);
    }
    return json::string(node.text);
}

void put(json::object& out, std::string_view key, const std::optional<std::int64_t>& value) {
    if (value) {
        out[key] = *value;
    }
}

json::object schema_object(const Schema& schema);

void put_fields(json::object& out, const Schema& schema) {
    if (!schema.required.empty()) {
        out["required"] = array_of(schema.required);
    }
    if (schema.additional) {
        out["additionalProperties"] = schema_object(*schema.additional);
        return;
    }
    json::object properties;
    for (const auto& [name, property] : schema.properties) {
        properties[name] = schema_object(property);
    }
    if (!properties.empty()) {
        out["properties"] = std::move(properties);
    }
    if (!schema.open) {
        out["additionalProperties"] = false;
    }
}

json::object schema_object(const Schema& schema) {
    json::object out;
    out["type"] = type_name(schema.type);
    if (!schema.description.empty()) {
        out["description"] = schema.description;
    }
    if (!schema.values.empty()) {
        out["enum"] = array_of(schema.values);
    }
    if (!schema.pattern.empty()) {
        out["pattern"] = schema.pattern;
    }
    if (schema.format == "date-time") {
        // The other formats are ours or mean something else in JSON Schema; patterns say them.
        out["format"] = schema.format;
    }
    if (schema.format == "duration") {
        out["pattern"] = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$";
    }
    if (schema.fallback) {
        out["default"] = default_value(*schema.fallback, schema.type);
    }
    put(out, "minimum", schema.minimum);
    put(out, "maximum", schema.maximum);
    put(out, "minLength", schema.min_length);
    put(out, "maxLength", schema.max_length);
    put(out, "minItems", schema.min_items);
    put(out, "maxItems", schema.max_items);
    if (schema.items) {
        out["items"] = schema_object(*schema.items);
    }
    if (schema.type == SchemaType::Object) {
        put_fields(out, schema);
    }
    return out;
}

/// "When kind is this, the document must be like that": editors then show that kind's errors only.
json::object branch(const std::string& kind) {
    json::object constant;
    constant["const"] = kind;
    json::object properties;
    properties["kind"] = std::move(constant);
    json::object condition;
    condition["required"] = array_of({"kind"});
    condition["properties"] = std::move(properties);
    json::object then;
    then["$ref"] = "#/definitions/" + kind;
    json::object out;
    out["if"] = std::move(condition);
    out["then"] = std::move(then);
    return out;
}

}  // namespace

std::string json_schema(const desired::Schemas& schemas) {
    json::object definitions;
    json::array branches;
    std::vector<std::string> kinds;
    for (const auto& [kind, crd] : schemas.kinds()) {
        auto definition = schema_object(crd.schema);
        if (auto* properties = definition["properties"].if_object()) {
            properties->stable_erase("status");
        }
        definitions[kind] = std::move(definition);
        branches.emplace_back(branch(kind));
        kinds.push_back(kind);
    }
    json::object kind;
    kind["enum"] = array_of(kinds);
    json::object properties;
    properties["kind"] = std::move(kind);
    json::object out;
    out["$schema"] = "http://json-schema.org/draft-07/schema#";
    out["title"] = "Desired state of an MCP fleet, wavegate.dev/v1";
    out["type"] = "object";
    out["required"] = array_of({"apiVersion", "kind"});
    out["properties"] = std::move(properties);
    out["allOf"] = std::move(branches);
    out["definitions"] = std::move(definitions);
    return json_text(out);
}

}  // namespace wavegate::render
