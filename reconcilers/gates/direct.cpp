#include "reconcilers/gates/asking.hpp"

namespace wavegate::gates {

asio::awaitable<Evidence>
check_direct(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    auto token = co_await mint_probe_token(ports, scene);
    if (!token) {
        co_return evidence_of(
            {Verdict::Unknown, ProbeClass::SharedCause, "no token could be minted"});
    }
    McpEndpoint endpoint;
    endpoint.url = service.url;
    endpoint.bearer = token->value;
    endpoint.agent_id = agent_id(scene.desired->fleet.multiplexer);
    co_return co_await list_and_judge(ports, scene, service, std::move(endpoint));
}

}  // namespace wavegate::gates
