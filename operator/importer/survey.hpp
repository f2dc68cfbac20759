#pragma once

#include "operator/base/result.hpp"
#include "operator/importer/live_fleet.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::importer {

/// A Swarm service that takes part in the fleet, and the stack that it is deployed from.
struct Member {
    std::string name;             ///< what its document is called
    std::string compose_service;  ///< its key in the stack's file
    const SwarmService* service = nullptr;
    const StackView* stack = nullptr;
};

/// Who is who. Points into the LiveFleet that it was made of.
struct Survey {
    std::string fleet;             ///< its name
    std::vector<Member> children;  ///< MCP services, by name
    std::optional<Member> multiplexer;
    std::vector<Leftover> others;  ///< what runs beside them, and who can't be told
};

/// Of the environment of a service, what is no secret by its purpose; empty: unset, or none that
/// may be told.
std::string told(const SwarmService& service, std::string_view key);

/// May it stand as a name in documents, and in the policy server?
bool is_document_name(std::string_view name);

/// Pure. Invalid: objects bear the marks of several fleets and none was asked for, or a name that
/// no fleet can have.
Result<Survey> survey(const LiveFleet& live);

/// The clientId of the multiplexer's tokens, as its environment says; else its stack's name.
std::string client_of(const Survey& survey);

}  // namespace wavegate::importer
