#pragma once

#include "operator/sandbox/eunomia/eunomia.hpp"
#include "operator/sandbox/fleet_programs.hpp"
#include "operator/sandbox/git/site.hpp"
#include "operator/sandbox/grafana/grafana.hpp"
#include "operator/sandbox/keycloak/keycloak.hpp"
#include "operator/sandbox/network.hpp"
#include "operator/sandbox/openbao/openbao.hpp"
#include "operator/sandbox/portainer/portainer.hpp"
#include "operator/sandbox/proxy.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::sandbox {

/// How a service's compose file carries its auth block (fleet.md §2: real fleets mix).
enum class BlockForm { Literal, PassThrough, Absent };

struct ServicePlan {
    std::string name;
    std::string image;               ///< empty: "knucklessg1/<name>:latest"
    std::vector<std::string> tools;  ///< empty: two, named after it
    BlockForm block = BlockForm::PassThrough;
    bool git = false;
    bool jwt = false;  ///< runs enforcing from the start
    AuthKeys keys;     ///< what its program reads, and its compose file carries
    Generation generation = Generation::Fleet;
    EnvList env;             ///< more entries of its stack's Env
    std::string poll_every;  ///< a git stack's AutoUpdate interval; empty: it does not poll
};

struct WorldPlan {
    /// What follows a system's name in every URL: "arpa", "localhost:18080".
    std::string domain = "arpa";
    std::vector<ServicePlan> services;
    bool dynamic_multiplexer = false;
    bool sends_agent_id = true;  ///< the multiplexer's children get the x-agent-id header
    /// Where the services take a caller's name from.
    PrincipalSource principal = PrincipalSource::Header;
    Duration deploy_time{55};
    bool asynchronous = false;  ///< Portainer answers before it deploys (generation B)
    /// What Swarm, the containers and the multiplexer's reconnects take is divided by this; above
    /// 1, stacks also state a shorter monitor time than Swarm's 5 s.
    int speed = 1;
    /// Below which git stacks' repositories lie; empty: https://git.<domain>/services, in memory.
    std::string git_base;
    /// Where one of them really lies, by its address; null: in memory alone.
    std::function<std::unique_ptr<GitDisk>(const std::string& url)> git_disk;
};

/// Secrets of the sandbox: worth nothing outside it.
namespace secrets {
inline constexpr const char* kPortainerKey = "ptr_sandbox";
inline constexpr const char* kKeycloakSecret = "sandbox-operator-secret";
inline constexpr const char* kBaoToken = "s.sandbox-operator";
inline constexpr const char* kEunomiaKey = "sandbox-eunomia-key";
inline constexpr const char* kGrafanaToken = "glsa_sandbox";
inline constexpr const char* kGitUser = "bot";
inline constexpr const char* kGitToken = "sandbox-git-token";
}  // namespace secrets

/// A whole fleet: the state of every system, and the doubles that serve it on one network.
class World {
  public:
    World(const asio::any_io_executor& executor, Clock& clock, WorldPlan plan);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Network network;
    FleetPrograms programs;
    Portainer portainer;
    Keycloak keycloak;
    OpenBao openbao;
    Eunomia eunomia;
    Grafana grafana;
    GitSite git;
    Proxy proxy;

    [[nodiscard]] const WorldPlan& plan() const { return plan_; }
    /// "http://keycloak.arpa"
    [[nodiscard]] std::string url(const std::string& name) const;
    /// Where the repository of a service's git stack is.
    [[nodiscard]] std::string repository_url(const std::string& service) const;
    /// The switches of one service's program.
    Behaviour& behaviour(const std::string& service);
    MultiplexerBehaviour& multiplexer();
    /// The running multiplexer marks this child FAILED until its own restart. False: no such child.
    bool park(const std::string& child);
    /// The auth-block values that a service's containers were given; empty when it is not there.
    [[nodiscard]] std::map<std::string, std::string> live_env(const std::string& service) const;
    /// Does every service, and the multiplexer, have a container that listens?
    [[nodiscard]] bool is_up();

  private:
    void connect(const std::string& name, Site& site);
    void add_service(const ServicePlan& service);
    void add_multiplexer();
    void add_operator_credentials();

    WorldPlan plan_;
    std::map<std::string, Behaviour*> behaviours_;
    MultiplexerBehaviour* multiplexer_ = nullptr;
};

/// A stack's file as the fleet's generator writes it (fleet.md §2).
std::string compose_text(const WorldPlan& world, const ServicePlan& service);
/// Swarm's name of a service that is alone in a stack of its own name.
std::string swarm_name(const std::string& service);

}  // namespace wavegate::sandbox
