#pragma once

#include "operator/importer/auth.hpp"
#include "operator/importer/client.hpp"
#include "operator/importer/policies.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::importer {

/// A wave that is proposed, and what for.
struct ProposedWave {
    WaveSpec spec;
    std::string why;
};

/// A child as its document says it.
struct ImportedService {
    Member member;
    AuthMode auth = AuthMode::None;
    std::string wave;
};

/// A text as a YAML scalar: plain where nothing could take it for something else, else quoted.
std::string scalar(std::string_view text);

/// What stands in fleet.yaml.
struct FleetText {
    const LiveFleet& live;
    const Survey& survey;
    const FleetAuth& auth;
    std::string principal;
    std::string client;                 ///< its document; empty: none
    std::vector<std::string> policies;  ///< that let the principal in
    std::vector<ProposedWave> waves;
};
std::string fleet_text(const FleetText& fleet);
std::string client_text(const ImportedClient& client);
std::string policies_text(const std::vector<ImportedPolicy>& policies);
std::string services_text(
    const std::vector<ImportedService>& services,
    const std::vector<std::string>& policies);
/// The registry that the Fleet names: each of these children with image and port.
std::string registry_text(const std::vector<Member>& children);
/// The list of what no document says, as Markdown.
std::string leftovers_text(const std::vector<Leftover>& leftovers);

}  // namespace wavegate::importer
