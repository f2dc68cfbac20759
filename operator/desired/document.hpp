#pragma once

#include "operator/desired/crd.hpp"
#include "operator/desired/report.hpp"
#include "operator/formats/yaml.hpp"
#include "operator/model/revision.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

struct Document {
    std::string file;
    std::string kind;
    std::string name;
    formats::YamlNode value;  ///< checked, with defaults
    std::vector<Fault> faults;

    [[nodiscard]] std::string object() const { return name.empty() ? kind : kind + "/" + name; }
    /// Does a structural fault lie at `field`, above it or below it?
    [[nodiscard]] bool is_faulty(std::string_view field) const;
    [[nodiscard]] Origin origin() const { return {file, value.line, value.column}; }
};

/// The value at "spec.waves[0].soak"; nullptr when it is not there.
const formats::YamlNode* value_at(const formats::YamlNode& root, std::string_view field);
/// The text of a single value there; empty when it is none.
std::string text_at(const formats::YamlNode& root, std::string_view field);

/// The documents of a revision, by kind in the order of files and lines.
struct Documents {
    std::vector<Document> all;
    /// The registry's file as the fleet names it, read; nullopt when there is none to read.
    std::optional<formats::YamlNode> registry;
    std::string registry_file;
    /// Some file or document could not be read: names that seem unknown may stand there.
    bool incomplete = false;

    [[nodiscard]] std::vector<const Document*> of(std::string_view kind) const;
};

/// Reads every desired-state file of the revision but the registry, and checks each document
/// against its schema. Everything that is wrong goes into `report`.
Documents read_documents(const Revision& revision, const Schemas& schemas, Report& report);

}  // namespace wavegate::desired
