#include "reconcilers/gates/asking.hpp"

namespace wavegate::gates {

namespace {

asio::awaitable<Evidence> knock(const Ports& ports, const ServiceSpec& service, bool garbage) {
    auto answer = co_await ports.mcp.knock(service.url, garbage);
    if (!answer) {
        co_return evidence_of(classify_error(answer.error()));
    }
    auto evidence = evidence_of(classify_knock(*answer));
    add_fact(evidence, garbage ? "garbage" : "bare", std::to_string(answer->status));
    add_address(evidence, service, *answer);
    co_return evidence;
}

}  // namespace

asio::awaitable<Evidence>
check_unauthorized(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    auto evidence = co_await check_bare(ports, scene, service);
    if (evidence.verdict == Verdict::Pass) {
        evidence = co_await knock(ports, service, true);
    }
    co_return evidence;
}

asio::awaitable<Evidence>
check_bare(const Ports& ports, const Scene& /*scene*/, const ServiceSpec& service) {
    co_return co_await knock(ports, service, false);
}

}  // namespace wavegate::gates
