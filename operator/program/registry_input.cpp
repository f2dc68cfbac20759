#include "operator/program/registry_input.hpp"

#include "operator/client/table.hpp"
#include "operator/program/agents_folder.hpp"

#include <ostream>
#include <utility>

namespace wavegate::program {

std::optional<std::vector<desired::RegistryEntry>> read_registry_file(
    const Globals& globals,
    const std::string& path) {
    auto& told = *globals.client.error;
    const auto text = read_input(path);
    if (!text) {
        told << client::printable(text.error().message()) << "\n";
        return std::nullopt;
    }
    const auto file = formats::read_yaml(*text);
    desired::Report report;
    for (const auto& error : file.errors) {
        report.file(path, error.line, error.column, error.message);
    }
    std::vector<desired::RegistryEntry> entries;
    if (file.documents.size() == 1) {
        entries = desired::read_registry(file.documents.front(), path, report);
    } else if (file.errors.empty()) {
        report.file(path, 0, 0, "must be one document, a registry");
    }
    const auto found = std::move(report).take();
    for (const auto& diagnostic : found) {
        told << to_text(diagnostic) << "\n";
    }
    return found.empty() ? std::optional(std::move(entries)) : std::nullopt;
}

}  // namespace wavegate::program
