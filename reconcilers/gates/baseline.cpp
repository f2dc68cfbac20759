#include "operator/model/inputs.hpp"
#include "reconcilers/gates/asking.hpp"

namespace wavegate::gates {
namespace {

asio::awaitable<Evidence>
list_as_it_is(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    if (enforces(*scene.desired, service, *scene.observed)) {
        co_return co_await check_direct(ports, scene, service);
    }
    McpEndpoint endpoint;
    endpoint.url = service.url;
    endpoint.agent_id = agent_id(scene.desired->fleet.multiplexer);
    co_return co_await list_and_judge(ports, scene, service, std::move(endpoint));
}

}  // namespace

asio::awaitable<Evidence>
check_baseline(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    if (!service.health.empty()) {
        auto health = co_await ports.mcp.health(service.health);
        if (!health || *health >= 500) {
            co_return evidence_of({Verdict::Fail, ProbeClass::Down, "it does not answer /health"});
        }
    }
    auto evidence = co_await list_as_it_is(ports, scene, service);
    if (evidence.verdict != Verdict::Pass) {
        co_return evidence;
    }
    // The through-probe reads which tool to call from the ledger: give it this very listing.
    auto ledger = std::make_shared<Ledger>();
    auto listing = evidence;
    listing.kind = CheckKind::Direct;
    listing.subject = service.name;
    listing.taken = ports.clock.now();
    ledger->evidence.push_back(std::move(listing));
    auto listed = scene;
    listed.ledger = std::move(ledger);
    const auto through = co_await check_through(ports, listed, service);
    add_fact(evidence, "through", through.phrase);
    const bool tool_failed = through.seen == ProbeClass::ToolFailed;
    if (through.verdict != Verdict::Pass && !tool_failed) {
        evidence.verdict = through.verdict;
        evidence.seen = through.seen;
        evidence.phrase = through.phrase;
    }
    co_return evidence;
}

}  // namespace wavegate::gates
