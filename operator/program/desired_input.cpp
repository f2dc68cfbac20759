#include "operator/program/desired_input.hpp"

#include "operator/client/table.hpp"
#include "operator/desired/parse.hpp"
#include "operator/source/desired_paths.hpp"

#include <ostream>
#include <utility>

namespace wavegate::program {

std::optional<DesiredState> read_desired(
    const Globals& globals,
    const std::vector<std::string>& paths) {
    const auto revision = source::read_paths(paths);
    if (!revision) {
        *globals.client.error << client::printable(revision.error().message()) << "\n";
        return std::nullopt;
    }
    auto parsed = desired::parse(*revision);
    for (const auto& diagnostic : parsed.found) {
        *globals.client.error << to_text(diagnostic) << "\n";
    }
    return std::move(parsed.state);
}

}  // namespace wavegate::program
