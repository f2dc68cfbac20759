#include "operator/desired/crd.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::YamlNode;

/// What is wrong with a CRD file; caught by Schemas::read.
struct BadCrd {
    int line;
    std::string message;
};

std::string text_of(const YamlNode& node) {
    if (!node.is_scalar()) {
        throw BadCrd{node.line, "text is expected"};
    }
    return node.text;
}

std::int64_t integer_of(const YamlNode& node) {
    const auto value = formats::to_integer(node);
    if (!value) {
        throw BadCrd{node.line, "a whole number is expected"};
    }
    return *value;
}

std::vector<std::string> texts_of(const YamlNode& node) {
    std::vector<std::string> out;
    for (const auto& item : node.items) {
        out.push_back(text_of(item));
    }
    return out;
}

const YamlNode& need(const YamlNode& node, std::string_view key) {
    const auto* found = node.find(key);
    if (found == nullptr) {
        throw BadCrd{node.line, fmt::format("{} is missing", key)};
    }
    return *found;
}

SchemaType type_of(const YamlNode& node) {
    static const std::map<std::string, SchemaType, std::less<>> types{
        {"object", SchemaType::Object},
        {"array", SchemaType::Array},
        {"string", SchemaType::String},
        {"integer", SchemaType::Integer},
        {"number", SchemaType::Number},
        {"boolean", SchemaType::Boolean}};
    const auto at = types.find(text_of(node));
    if (at == types.end()) {
        throw BadCrd{node.line, "unknown type"};
    }
    return at->second;
}

Schema schema_of(const YamlNode& node);

void read_properties(Schema& schema, const YamlNode& node) {
    for (const auto& entry : node.entries) {
        schema.properties.push_back({entry.key.text, schema_of(entry.value)});
    }
}

using Keyword = void (*)(Schema&, const YamlNode&);

const std::map<std::string, Keyword, std::less<>>& keywords() {
    static const std::map<std::string, Keyword, std::less<>> all{
        {"type", [](Schema& s, const YamlNode& n) { s.type = type_of(n); }},
        {"description", [](Schema& s, const YamlNode& n) { s.description = text_of(n); }},
        {"enum", [](Schema& s, const YamlNode& n) { s.values = texts_of(n); }},
        {"pattern", [](Schema& s, const YamlNode& n) { s.pattern = text_of(n); }},
        {"format", [](Schema& s, const YamlNode& n) { s.format = text_of(n); }},
        {"default", [](Schema& s, const YamlNode& n) { s.fallback = n; }},
        {"minimum", [](Schema& s, const YamlNode& n) { s.minimum = integer_of(n); }},
        {"maximum", [](Schema& s, const YamlNode& n) { s.maximum = integer_of(n); }},
        {"minLength", [](Schema& s, const YamlNode& n) { s.min_length = integer_of(n); }},
        {"maxLength", [](Schema& s, const YamlNode& n) { s.max_length = integer_of(n); }},
        {"minItems", [](Schema& s, const YamlNode& n) { s.min_items = integer_of(n); }},
        {"maxItems", [](Schema& s, const YamlNode& n) { s.max_items = integer_of(n); }},
        {"required", [](Schema& s, const YamlNode& n) { s.required = texts_of(n); }},
        {"properties", read_properties},
        {"items",
         [](Schema& s, const YamlNode& n) {
             s.items = std::make_shared<const Schema>(schema_of(n));
         }},
        {"additionalProperties",
         [](Schema& s, const YamlNode& n) {
             s.additional = std::make_shared<const Schema>(schema_of(n));
         }},
        {"x-kubernetes-preserve-unknown-fields",
         [](Schema& s, const YamlNode& n) { s.open = formats::to_bool(n).value_or(false); }},
        // These two say how a server merges lists; distinct names are a rule of ours anyway.
        {"x-kubernetes-list-type", [](Schema&, const YamlNode&) {}},
        {"x-kubernetes-list-map-keys", [](Schema&, const YamlNode&) {}}};
    return all;
}

Schema schema_of(const YamlNode& node) {
    if (!node.is_map()) {
        throw BadCrd{node.line, "a schema is expected"};
    }
    Schema schema;
    for (const auto& entry : node.entries) {
        const auto at = keywords().find(entry.key.text);
        if (at == keywords().end()) {
            throw BadCrd{entry.key.line, fmt::format("unknown keyword {}", entry.key.text)};
        }
        at->second(schema, entry.value);
    }
    if (schema.type == SchemaType::Array && !schema.items) {
        throw BadCrd{node.line, "items is missing"};
    }
    return schema;
}

std::vector<PrinterColumn> columns_of(const YamlNode& version) {
    std::vector<PrinterColumn> out;
    const auto* columns = version.find("additionalPrinterColumns");
    if (columns == nullptr) {
        return out;
    }
    for (const auto& column : columns->items) {
        const auto* priority = column.find("priority");
        out.push_back(
            {text_of(need(column, "name")),
             text_of(need(column, "type")),
             text_of(need(column, "jsonPath")),
             priority == nullptr ? 0 : integer_of(*priority)});
    }
    return out;
}

Crd crd_of(const YamlNode& document) {
    if (text_of(need(document, "kind")) != "CustomResourceDefinition") {
        throw BadCrd{document.line, "a CustomResourceDefinition is expected"};
    }
    const auto& spec = need(document, "spec");
    const auto& names = need(spec, "names");
    const auto& versions = need(spec, "versions");
    if (text_of(need(spec, "group")) != kGroup || versions.items.size() != 1 ||
        text_of(need(versions.items[0], "name")) != "v1") {
        throw BadCrd{spec.line, "exactly version v1 of our group is expected"};
    }
    Crd crd;
    crd.kind = text_of(need(names, "kind"));
    crd.plural = text_of(need(names, "plural"));
    crd.singular = text_of(need(names, "singular"));
    if (const auto* short_names = names.find("shortNames")) {
        crd.short_names = texts_of(*short_names);
    }
    crd.columns = columns_of(versions.items[0]);
    crd.schema = schema_of(need(need(versions.items[0], "schema"), "openAPIV3Schema"));
    return crd;
}

}  // namespace

Result<Schemas> Schemas::read(const std::map<std::string, std::string>& texts) {
    Schemas out;
    for (const auto& [name, text] : texts) {
        const auto file = formats::read_yaml(text);
        if (!file.errors.empty()) {
            const auto& error = file.errors.front();
            return Error(
                ErrorKind::Invalid, fmt::format("{}:{}: {}", name, error.line, error.message));
        }
        try {
            for (const auto& document : file.documents) {
                auto crd = crd_of(document);
                auto kind = crd.kind;
                out.kinds_.insert_or_assign(std::move(kind), std::move(crd));
            }
        } catch (const BadCrd& bad) {
            return Error(ErrorKind::Invalid, fmt::format("{}:{}: {}", name, bad.line, bad.message));
        }
    }
    return out;
}

const Schemas& Schemas::embedded() {
    static const Schemas schemas = [] {
        auto read = Schemas::read(embedded_schema_texts());
        if (!read) {
            throw std::logic_error("embedded schemas: " + read.error().message());
        }
        return std::move(read).value();
    }();
    return schemas;
}

const Crd* Schemas::find(std::string_view kind) const {
    const auto at = kinds_.find(std::string(kind));
    return at == kinds_.end() ? nullptr : &at->second;
}

}  // namespace wavegate::desired
