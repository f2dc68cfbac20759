#pragma once

#include "operator/formats/yaml.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

enum class SchemaType { Object, Array, String, Integer, Number, Boolean };
std::string_view to_string(SchemaType type);

struct SchemaProperty;

/// A structural schema, the part of OpenAPI v3 that our CustomResourceDefinitions use.
struct Schema {
    SchemaType type = SchemaType::Object;
    std::string description;
    std::vector<std::string> values;  ///< `enum`
    std::string pattern;
    /// "uri", "duration", "reference" (a pointer to a secret, never shown) or "date-time".
    std::string format;
    std::optional<formats::YamlNode> fallback;  ///< `default`
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
    std::optional<std::int64_t> min_length;
    std::optional<std::int64_t> max_length;
    std::optional<std::int64_t> min_items;
    std::optional<std::int64_t> max_items;
    std::vector<std::string> required;
    std::vector<SchemaProperty> properties;    ///< in the file's order
    std::shared_ptr<const Schema> items;       ///< of an array
    std::shared_ptr<const Schema> additional;  ///< of a map with free keys
    bool open = false;                         ///< x-kubernetes-preserve-unknown-fields

    [[nodiscard]] const Schema* property(std::string_view name) const;
};

struct SchemaProperty {
    std::string name;
    Schema schema;
};

/// Something wrong with the structure of a document.
struct Fault {
    int line = 0;
    int column = 0;
    std::string field;     ///< "spec.waves[0].soak"
    std::string message;   ///< what is wrong, what would be right
    bool unknown = false;  ///< the field is not in the schema
};

struct Checked {
    formats::YamlNode value;  ///< with the defaults of what is left out
    std::vector<Fault> faults;
};

/// Checks a document against a schema: types, unknown and missing fields, enums, patterns,
/// formats and bounds; and fills in defaults, at the place of what holds them. Finds all faults,
/// up to `most`. Values of format "reference" are in no message: somebody may have put the secret
/// itself there.
Checked check(formats::YamlNode document, const Schema& schema, std::size_t most = 100);

}  // namespace wavegate::desired
