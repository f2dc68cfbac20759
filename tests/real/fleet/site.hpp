#pragma once

#include "tests/real/fleet/desired.hpp"
#include "tests/real/fleet/portainer_front.hpp"
#include "tests/real/fleet/stacks.hpp"
#include "tests/real/support/docker_server.hpp"
#include "tests/real/support/eunomia_server.hpp"
#include "tests/real/support/keycloak_server.hpp"
#include "tests/real/support/openbao_server.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::testing {

/// Real systems, a real Swarm with the fleet's stacks, all open, and the desired state that says
/// so: what a new operator finds. One for the whole program: it takes a minute or two to start.
class Site {
  public:
    /// A server that could not be installed here; empty: all are there.
    static std::string missing();
    /// Throws when it does not come up.
    static Site& the();
    ~Site();
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    KeycloakServer& keycloak() { return keycloak_; }
    OpenBaoServer& openbao() { return openbao_; }
    EunomiaServer& eunomia() { return *eunomia_; }
    DockerServer& engine() { return *engine_; }
    [[nodiscard]] const DesiredRepository& desired() const { return *desired_; }
    [[nodiscard]] const std::vector<Service>& services() const { return services_; }
    [[nodiscard]] const Service& service(const std::string& name) const;
    [[nodiscard]] std::string folder() const { return folder_.path(); }

    /// Where it is spoken to.
    [[nodiscard]] std::string url(const std::string& name) const;
    [[nodiscard]] std::string multiplexer_url() const;
    [[nodiscard]] static const char* realm() { return "fleet"; }
    [[nodiscard]] static const char* eunomia_key() { return "the-admin-key"; }

    /// What an operator is given: operator.yaml, and the environment that its references name.
    [[nodiscard]] std::string operator_settings() const;
    [[nodiscard]] std::map<std::string, std::string> operator_secrets() const;

    /// Env of the containers that the service's spec asks for.
    [[nodiscard]] std::map<std::string, std::string> live_env(const std::string& name);
    /// Env of its stack, as Portainer keeps it.
    [[nodiscard]] std::map<std::string, std::string> stack_env(const std::string& service) const;
    /// A person's edit of a string stack's file: the service demands tokens from now on.
    void flip_by_hand(const std::string& service) const;
    /// Id of the running container.
    [[nodiscard]] std::string container(const std::string& service);
    /// Kills what runs in it, as the kernel would; Swarm starts it again.
    void kill_container(const std::string& service);

  private:
    Site();
    void choose_ports();
    void set_up_keycloak();
    void set_up_openbao();
    void make_stacks();
    void make_stack(const Service& service);
    void wait_for_services();
    /// Portainer's API, as a person with its administrator's key.
    [[nodiscard]] HttpResponse portainer(
        const std::string& method,
        const std::string& path,
        const boost::json::value& body = nullptr) const;
    [[nodiscard]] boost::json::value stack_of(const std::string& service) const;
    [[nodiscard]] Systems systems() const;

    TempFolder folder_{"wavegate-fleet"};
    std::vector<Service> services_ = the_services();
    int multiplexer_port_ = free_port();
    KeycloakServer keycloak_;
    OpenBaoServer openbao_{OpenBaoServer::Storage::Raft};
    std::unique_ptr<EunomiaServer> eunomia_;
    std::unique_ptr<DockerServer> engine_;
    std::unique_ptr<PortainerFront> front_;
    std::optional<DesiredRepository> desired_;
    std::string openbao_token_;
};

/// Looks again after each `pause` until it is so; false when `limit` passed.
[[nodiscard]] bool until(
    const std::function<bool()>& so,
    std::chrono::seconds limit,
    std::chrono::milliseconds pause = std::chrono::milliseconds(100));

}  // namespace wavegate::testing
