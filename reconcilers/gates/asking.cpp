#include "reconcilers/gates/asking.hpp"

#include "operator/base/text.hpp"
#include "operator/model/client_rules.hpp"
#include "reconcilers/gates/spent.hpp"

#include <algorithm>

namespace wavegate::gates {

Evidence evidence_of(const Finding& finding) {
    Evidence evidence;
    evidence.verdict = finding.verdict;
    evidence.seen = finding.seen;
    evidence.phrase = finding.phrase;
    return evidence;
}

void add_fact(Evidence& evidence, std::string_view name, std::string_view value) {
    evidence.facts.add(name, value);
}

void add_address(Evidence& evidence, const ServiceSpec& service, const KnockAnswer& answer) {
    if (is_redirect(answer.status)) {
        add_fact(evidence, "location", answer.location);
    }
    if (answer.host_refused) {
        add_fact(evidence, "host", url_authority(service.url));
    }
}

const std::string* fact(const Evidence& evidence, std::string_view name) {
    return evidence.facts.find(name);
}

const Evidence* listing_of(const Ledger& ledger, const std::string& service) {
    const Evidence* newest = nullptr;
    for (const auto kind : {CheckKind::Baseline, CheckKind::Open, CheckKind::Direct}) {
        const auto* evidence = ledger.latest(kind, service);
        const bool lists = evidence != nullptr && fact(*evidence, "probe") != nullptr;
        if (lists && (newest == nullptr || evidence->taken.mono >= newest->taken.mono)) {
            newest = evidence;
        }
    }
    return newest;
}

Task<Token> mint_probe_token(const Ports& ports, const Scene& scene) {
    const auto* spec = scene.desired->client(scene.desired->fleet.multiplexer.client);
    if (spec == nullptr) {
        co_return Error(ErrorKind::Invalid, "the multiplexer's client is not declared");
    }
    const auto* client = own_client(*scene.desired, *scene.observed, *spec);
    if (client == nullptr || client->secret == nullptr) {
        co_return Error(
            ErrorKind::Unavailable, "the client's secret was not observed, or it is not ours");
    }
    auto token = co_await ports.identity.mint(spec->client_id, client->secret);
    if (token && ports.spent != nullptr) {
        ports.spent->keep(spec->client_id, *token, ports.clock.now());
    }
    co_return token;
}

Task<McpEndpoint> multiplexer_endpoint(const Ports& ports, const Scene& scene) {
    const auto& spec = scene.desired->fleet.multiplexer;
    McpEndpoint endpoint;
    endpoint.url = spec.url;
    if (!spec.inbound_token.empty()) {
        auto token = co_await ports.credentials.resolve(spec.inbound_token, spec.url);
        if (!token) {
            co_return token.take_error();
        }
        endpoint.bearer = std::move(*token);
        endpoint.credentials.push_back(Credential::given(spec.inbound_token.text));
    }
    co_return endpoint;
}

std::string agent_id(const MultiplexerSpec& spec) {
    constexpr std::string_view prefix = "agent:";
    if (spec.principal_from == PrincipalSource::Jwt) {
        return {};
    }
    return spec.principal.starts_with(prefix) ? spec.principal.substr(prefix.size())
                                              : spec.principal;
}

Evidence judge_listing(const Scene& scene, const ServiceSpec& service, const McpListing& listing) {
    const auto* before = listing_of(*scene.ledger, service.name);
    const bool had_tools = before != nullptr && !fact(*before, "probe")->empty();
    Evidence evidence = evidence_of({Verdict::Pass, ProbeClass::None, "it lists its tools"});
    if (listing.tools.empty() && listing.left_out > 0) {
        return evidence_of({Verdict::Fail, ProbeClass::NotMcp, "no tool has a name of use"});
    }
    if (listing.tools.empty()) {
        // Denied looks like an empty list (fleet.md §0.3).
        evidence = evidence_of({Verdict::Fail, ProbeClass::PolicyDenied, "an empty tool list"});
        if (had_tools) {
            add_fact(evidence, "probe", *fact(*before, "probe"));
        }
        return evidence;
    }
    const auto required =
        std::find_if(listing.tools.begin(), listing.tools.end(), [](const McpTool& tool) {
            return tool.has_required;
        });
    const auto& probe = required == listing.tools.end() ? listing.tools.front() : *required;
    add_fact(evidence, "probe", service.probe.tool == "auto" ? probe.name : service.probe.tool);
    add_fact(evidence, "tools", std::to_string(listing.tools.size() + listing.left_out));
    if (listing.left_out > 0) {
        add_fact(evidence, "leftOut", std::to_string(listing.left_out));
    }
    for (const auto& tool : listing.tools) {
        add_fact(evidence, "tool", tool.name);
    }
    return evidence;
}

asio::awaitable<Evidence> list_and_judge(
    const Ports& ports,
    const Scene& scene,
    const ServiceSpec& service,
    McpEndpoint endpoint) {
    auto listing = co_await ports.mcp.list_tools(std::move(endpoint));
    if (!listing) {
        auto evidence = evidence_of(classify_error(listing.error()));
        if (evidence.seen == ProbeClass::WrongPath) {
            // An error has a kind and a status; where the address leads, a bare POST tells.
            auto answer = co_await ports.mcp.knock(service.url, false);
            add_address(evidence, service, answer ? *answer : KnockAnswer());
        }
        co_return evidence;
    }
    co_return judge_listing(scene, service, *listing);
}

}  // namespace wavegate::gates
