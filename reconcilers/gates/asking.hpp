#pragma once

#include "reconcilers/gates/check.hpp"
#include "reconcilers/gates/classify.hpp"

#include <string>

namespace wavegate::gates {

Evidence evidence_of(const Finding& finding);
void add_fact(Evidence& evidence, std::string_view name, std::string_view value);
/// Where it sends us, or which Host it refuses, if it does either.
void add_address(Evidence& evidence, const ServiceSpec& service, const KnockAnswer& answer);
const std::string* fact(const Evidence& evidence, std::string_view name);

/// The newest evidence that listed this service's tools (direct, open or baseline); null if none.
const Evidence* listing_of(const Ledger& ledger, const std::string& service);

/// A token minted for this very probe with the client's secret in force.
Task<Token> mint_probe_token(const Ports& ports, const Scene& scene);
/// The multiplexer with the operator's own bearer, where one is declared.
Task<McpEndpoint> multiplexer_endpoint(const Ports& ports, const Scene& scene);
/// The x-agent-id that children see from the multiplexer; empty when they look at the token.
std::string agent_id(const MultiplexerSpec& spec);

/// Turns a tool listing into evidence: facts `tools` (count), `tool` (each name), `leftOut` (count
/// of those that no name was kept of), `probe` (the tool that a through-probe should call).
Evidence judge_listing(const Scene& scene, const ServiceSpec& service, const McpListing& listing);

/// Lists a service's tools and judges the listing; `token` null asks as anybody.
asio::awaitable<Evidence> list_and_judge(
    const Ports& ports,
    const Scene& scene,
    const ServiceSpec& service,
    McpEndpoint endpoint);

}  // namespace wavegate::gates
