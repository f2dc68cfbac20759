#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate {

/// Digests of what a check depends on. Evidence carries one; a change of what it names voids the
/// evidence. Empty when a part was not observed: equal to no evidence.

/// Gate 1: the auth block's JWT side, the client with its mappers, both copies of its secret.
std::string token_inputs(const DesiredState& desired, const Observed& observed);
/// Gate 2: the principal, and every policy on the server, whoever owns it.
std::string policy_inputs(const DesiredState& desired, const Observed& observed);
/// Service checks: the spec it runs.
std::string
service_inputs(const DesiredState& desired, const Observed& observed, const std::string& service);

/// Keys and values that the multiplexer must run with; values are secrets.
/// Empty when the client or its secret was not observed, or the client does not bear our mark.
std::map<std::string, SecretValue> outbound_env(
    const DesiredState& desired,
    const Observed& observed);
/// The token endpoint of the fleet's realm, as clients are told.
std::string token_url(const KeycloakSpec& keycloak);
/// Does the multiplexer run with its outbound env?
bool is_wired(const DesiredState& desired, const Observed& observed);

/// Digest of all of a service's spec but these variables: what a write of them must not change.
std::string untouched_digest(const SwarmService& service, const std::vector<std::string>& keys);

/// Deployed with at least one wanted replica: only such services are members of a rollout.
bool is_deployed(const ServiceSpec& service, const Observed& observed);
/// The live auth block; nullptr when the service is not observed.
const AuthBlock* live_block(const ServiceSpec& service, const Observed& observed);
/// Does it run with a block that enforces?
bool enforces(const DesiredState& desired, const ServiceSpec& service, const Observed& observed);
/// What the service is meant to run as: nullopt when its auth is let go as it is (a service
/// without a document keeps an auth that is on: a default never turns it off).
std::optional<AuthMode>
wanted_mode(const DesiredState& desired, const ServiceSpec& service, const Observed& observed);
/// Does it run in the mode that is wanted, with the very values?
bool in_wanted_mode(
    const DesiredState& desired,
    const ServiceSpec& service,
    const Observed& observed);

}  // namespace wavegate
