#include "reconcilers/gates/asking.hpp"

namespace wavegate::gates {

asio::awaitable<Evidence>
check_open(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    // Without token and header: undoing AUTH_TYPE alone would still pass with the header.
    McpEndpoint endpoint;
    endpoint.url = service.url;
    co_return co_await list_and_judge(ports, scene, service, std::move(endpoint));
}

}  // namespace wavegate::gates
