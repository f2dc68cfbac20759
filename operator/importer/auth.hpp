#pragma once

#include "operator/importer/survey.hpp"

#include <string>

namespace wavegate::importer {

/// The fleet's auth block, and where it was seen, for a comment.
struct FleetAuth {
    JwtSpec jwt;
    std::string seen;
};

/// The block that most enforcing children run with; where none enforces, what most of them have in
/// the variables, and the usual for the rest. Pure.
FleetAuth fleet_auth(const Survey& survey, const FleetSpec& systems);

/// The realm that most children's tokens are from, by their issuer; empty: none is told. Pure.
std::string realm_of(const Survey& survey);

/// Why a child with this block can't be said to run in the mode that it runs in: Wavegate would
/// change something. Empty: it can. Names variables, never a value.
std::string why_inexpressible(const AuthBlock& block, const JwtSpec& jwt);

}  // namespace wavegate::importer
