#pragma once

#include "operator/importer/survey.hpp"

#include <string>
#include <variant>
#include <vector>

namespace wavegate::importer {

/// The multiplexer's client as a document says it, and what a reader should know of it.
struct ImportedClient {
    OidcClientSpec spec;
    std::vector<std::string> notes;
};

/// Where a client's secret usually stands below the vault's mount.
std::vector<std::string> usual_vault_paths(const std::string& client_id);

/// A leftover without words: there is no such client. Pure.
std::variant<ImportedClient, Leftover>
import_client(const LiveFleet& live, const Survey& survey, const JwtSpec& jwt);

}  // namespace wavegate::importer
