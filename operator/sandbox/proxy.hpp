#pragma once

#include "operator/sandbox/fleet_programs.hpp"
#include "operator/sandbox/site.hpp"

#include <map>
#include <string>

namespace wavegate::sandbox {

/// What the proxy may do wrong with one host (mcp.md §8).
enum class ProxyFault { None, BadGateway, UnavailablePage, RedirectToHttps, BasicAuth };

/// The Caddy in front of the fleet: "<name>.arpa" to whatever listens for the Swarm service
/// behind it. Without a listener 502, for a host it does not know 200, both empty.
class Proxy final : public Site {
  public:
    explicit Proxy(FleetPrograms& programs) : programs_(programs) {}

    /// `host` as in "searxng-mcp.arpa", without port.
    void route(std::string host, std::string swarm_service) {
        routes_[std::move(host)] = std::move(swarm_service);
    }
    void unroute(const std::string& host) { routes_.erase(host); }
    void fault(std::string host, ProxyFault fault) { faults_[std::move(host)] = fault; }

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

  private:
    FleetPrograms& programs_;
    std::map<std::string, std::string> routes_;
    std::map<std::string, ProxyFault> faults_;
};

}  // namespace wavegate::sandbox
