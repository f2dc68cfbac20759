#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/portainer/deploy.hpp"

#include <optional>
#include <string>

namespace wavegate::sandbox {

/// A Docker engine behind Portainer in place of the emulated Swarm: what happens to services and
/// tasks is its own. Calls block, as a program's own `docker` does.
class Engine {
  public:
    virtual ~Engine() = default;
    /// `docker stack deploy`; what the CLI wrote to stderr when it failed.
    virtual std::optional<std::string> deploy(const Deployment& order) = 0;
    /// `docker stack rm`.
    virtual void undeploy(const std::string& stack) = 0;
    virtual bool runs(const std::string& stack) = 0;
    [[nodiscard]] virtual std::string cluster_id() = 0;
    /// The engine's own API: `target` is path and query below Portainer's `/docker`.
    virtual HttpResponse
    call(const std::string& method, const std::string& target, const std::string& body) = 0;
};

}  // namespace wavegate::sandbox
