#include "operator/desired/crd.hpp"

#include <fmt/format.h>

#include <functional>
#include <stdexcept>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::YamlNode;

/// Reads one CRD file; the first thing that is wrong sticks, what follows reads as empty.
class CrdReader {
  public:
    Crd crd(const YamlNode& document);
    Schema schema(const YamlNode& node);

    std::string text(const YamlNode& node);
    std::int64_t integer(const YamlNode& node);
    std::vector<std::string> texts(const YamlNode& node);
    SchemaType type(const YamlNode& node);

    /// "8: unknown keyword patern", empty when all is well.
    [[nodiscard]] const std::string& wrong() const { return wrong_; }

  private:
    void refuse(const YamlNode& at, std::string_view what);
    const YamlNode& need(const YamlNode& node, std::string_view key);
    std::vector<PrinterColumn> columns(const YamlNode& version);

    std::string wrong_;
};

using Keyword = void (*)(CrdReader&, Schema&, const YamlNode&);

void read_properties(CrdReader& in, Schema& schema, const YamlNode& node) {
    for (const auto& entry : node.entries) {
        schema.properties.push_back({entry.key.text, in.schema(entry.value)});
    }
}

/// The rules of numbers, one by one, are one shape.
template <std::optional<std::int64_t> Schema::*Member>
void read_bound(CrdReader& in, Schema& schema, const YamlNode& node) {
    schema.*Member = in.integer(node);
}

template <std::string Schema::*Member>
void read_text(CrdReader& in, Schema& schema, const YamlNode& node) {
    schema.*Member = in.text(node);
}

template <std::vector<std::string> Schema::*Member>
void read_texts(CrdReader& in, Schema& schema, const YamlNode& node) {
    schema.*Member = in.texts(node);
}

template <std::shared_ptr<const Schema> Schema::*Member>
void read_schema(CrdReader& in, Schema& schema, const YamlNode& node) {
    schema.*Member = std::make_shared<const Schema>(in.schema(node));
}

void pass_over(CrdReader& /*in*/, Schema& /*schema*/, const YamlNode& /*node*/) {}

const std::map<std::string, Keyword, std::less<>>& keywords() {
    static const std::map<std::string, Keyword, std::less<>> all{
        {"type", [](CrdReader& in, Schema& s, const YamlNode& n) { s.type = in.type(n); }},
        {"description", read_text<&Schema::description>},
        {"enum", read_texts<&Schema::values>},
        {"pattern", read_text<&Schema::pattern>},
        {"format", read_text<&Schema::format>},
        {"default", [](CrdReader&, Schema& s, const YamlNode& n) { s.fallback = n; }},
        {"minimum", read_bound<&Schema::minimum>},
        {"maximum", read_bound<&Schema::maximum>},
        {"minLength", read_bound<&Schema::min_length>},
        {"maxLength", read_bound<&Schema::max_length>},
        {"minItems", read_bound<&Schema::min_items>},
        {"maxItems", read_bound<&Schema::max_items>},
        {"required", read_texts<&Schema::required>},
        {"properties", read_properties},
        {"items", read_schema<&Schema::items>},
        {"additionalProperties", read_schema<&Schema::additional>},
        {"x-kubernetes-preserve-unknown-fields",
         [](CrdReader&, Schema& s, const YamlNode& n) {
             s.open = formats::to_bool(n).value_or(false);
         }},
        // These two say how a server merges lists; distinct names are a rule of ours anyway.
        {"x-kubernetes-list-type", pass_over},
        {"x-kubernetes-list-map-keys", pass_over}};
    return all;
}

void CrdReader::refuse(const YamlNode& at, std::string_view what) {
    if (wrong_.empty()) {
        wrong_ = fmt::format("{}: {}", at.line, what);
    }
}

std::string CrdReader::text(const YamlNode& node) {
    if (!node.is_scalar()) {
        refuse(node, "text is expected");
    }
    return node.text;
}

std::int64_t CrdReader::integer(const YamlNode& node) {
    const auto value = formats::to_integer(node);
    if (!value) {
        refuse(node, "a whole number is expected");
    }
    return value.value_or(0);
}

std::vector<std::string> CrdReader::texts(const YamlNode& node) {
    std::vector<std::string> out;
    out.reserve(node.items.size());
    for (const auto& item : node.items) {
        out.push_back(text(item));
    }
    return out;
}

const YamlNode& CrdReader::need(const YamlNode& node, std::string_view key) {
    static const YamlNode nothing;
    const auto* found = node.find(key);
    if (found == nullptr) {
        refuse(node, fmt::format("{} is missing", key));
    }
    return found == nullptr ? nothing : *found;
}

SchemaType CrdReader::type(const YamlNode& node) {
    static const std::map<std::string, SchemaType, std::less<>> types{
        {"object", SchemaType::Object},
        {"array", SchemaType::Array},
        {"string", SchemaType::String},
        {"integer", SchemaType::Integer},
        {"number", SchemaType::Number},
        {"boolean", SchemaType::Boolean}};
    const auto at = types.find(text(node));
    if (at == types.end()) {
        refuse(node, "unknown type");
    }
    return at == types.end() ? SchemaType::String : at->second;
}

Schema CrdReader::schema(const YamlNode& node) {
    Schema out;
    if (!node.is_map()) {
        refuse(node, "a schema is expected");
    }
    for (const auto& entry : node.entries) {
        const auto at = keywords().find(entry.key.text);
        if (at == keywords().end()) {
            refuse(entry.key, fmt::format("unknown keyword {}", entry.key.text));
        } else {
            at->second(*this, out, entry.value);
        }
    }
    if (out.type == SchemaType::Array && !out.items) {
        refuse(node, "items is missing");
    }
    return out;
}

std::vector<PrinterColumn> CrdReader::columns(const YamlNode& version) {
    std::vector<PrinterColumn> out;
    const auto* columns = version.find("additionalPrinterColumns");
    if (columns == nullptr) {
        return out;
    }
    for (const auto& column : columns->items) {
        const auto* priority = column.find("priority");
        out.push_back(
            {text(need(column, "name")),
             text(need(column, "type")),
             text(need(column, "jsonPath")),
             priority == nullptr ? 0 : integer(*priority)});
    }
    return out;
}

Crd CrdReader::crd(const YamlNode& document) {
    Crd out;
    if (text(need(document, "kind")) != "CustomResourceDefinition") {
        refuse(document, "a CustomResourceDefinition is expected");
        return out;
    }
    const auto& spec = need(document, "spec");
    const auto& names = need(spec, "names");
    const auto& versions = need(spec, "versions");
    if (text(need(spec, "group")) != kGroup || versions.items.size() != 1 ||
        text(need(versions.items[0], "name")) != "v1") {
        refuse(spec, "exactly version v1 of our group is expected");
        return out;
    }
    out.kind = text(need(names, "kind"));
    out.plural = text(need(names, "plural"));
    out.singular = text(need(names, "singular"));
    if (const auto* short_names = names.find("shortNames")) {
        out.short_names = texts(*short_names);
    }
    out.columns = columns(versions.items[0]);
    out.schema = schema(need(need(versions.items[0], "schema"), "openAPIV3Schema"));
    return out;
}

}  // namespace

Result<Schemas> Schemas::read(const std::map<std::string, std::string, std::less<>>& texts) {
    Schemas out;
    for (const auto& [name, text] : texts) {
        const auto file = formats::read_yaml(text);
        if (!file.errors.empty()) {
            const auto& error = file.errors.front();
            return Error(
                ErrorKind::Invalid, fmt::format("{}:{}: {}", name, error.line, error.message));
        }
        for (const auto& document : file.documents) {
            CrdReader reader;
            auto crd = reader.crd(document);
            if (!reader.wrong().empty()) {
                return Error(ErrorKind::Invalid, fmt::format("{}:{}", name, reader.wrong()));
            }
            auto kind = crd.kind;
            out.kinds_.insert_or_assign(std::move(kind), std::move(crd));
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
