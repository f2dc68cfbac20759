#include "operator/sandbox/world.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace wavegate::sandbox {
namespace {

constexpr const char* kMultiplexer = "mcp-multiplexer";

using Block = std::vector<std::pair<std::string, std::string>>;

/// An open service of the fleet knows the URLs already; the switches are off.
Block block_of(const WorldPlan& world, const ServicePlan& service) {
    const auto& keys = service.keys;
    const auto realm = fmt::format("http://keycloak.{}/realms/master", world.domain);
    Block block{
        {keys.mode, service.jwt ? keys.on : keys.off},
        {keys.audience, "agent-services"},
        {keys.issuer, realm},
        {keys.jwks_uri, realm + "/protocol/openid-connect/certs"}};
    if (!keys.policy.empty()) {
        block.emplace_back(keys.policy, service.jwt ? keys.policy_on : keys.off);
        block.emplace_back(keys.policy_url, fmt::format("http://eunomia.{}", world.domain));
    }
    return block;
}

std::string image_of(const ServicePlan& service) {
    return service.image.empty() ? fmt::format("knucklessg1/{}:latest", service.name)
                                 : service.image;
}

std::vector<std::string> tools_of(const ServicePlan& service) {
    if (!service.tools.empty()) {
        return service.tools;
    }
    auto base = service.name.substr(0, service.name.rfind("-mcp"));
    std::replace(base.begin(), base.end(), '-', '_');
    return {base + "_search", base + "_update"};
}

std::string monitor_text(const WorldPlan& world) {
    constexpr int usual = 5000;  // ms
    return world.speed == 1 ? std::string()
                            : fmt::format(
                                  "      update_config:\n"
                                  "        monitor: {}ms\n",
                                  usual / world.speed);
}

std::string multiplexer_compose(const WorldPlan& world) {
    const auto text = fmt::format(
        "version: '3.8'\n"
        "services:\n"
        "  mcp-multiplexer:\n"
        "    image: knucklessg1/mcp-multiplexer:latest\n"
        "    environment:\n"
        "      - TRANSPORT=streamable-http\n"
        "      - MCP_MULTIPLEXER_MODE={}\n"
        "      # outbound auth\n"
        "      - MCP_CLIENT_AUTH=${{MCP_CLIENT_AUTH}}\n"
        "      - OIDC_CLIENT_ID=${{OIDC_CLIENT_ID}}\n"
        "      - OIDC_CLIENT_SECRET=${{OIDC_CLIENT_SECRET}}\n"
        "      - OIDC_AUDIENCE=${{OIDC_AUDIENCE}}\n"
        "      - OIDC_TOKEN_URL=${{OIDC_TOKEN_URL}}\n",
        world.dynamic_multiplexer ? "dynamic" : "eager");
    const auto monitor = monitor_text(world);
    return monitor.empty() ? text : text + "    deploy:\n" + monitor;
}

void must(const Result<int>& made) {
    if (!made) {
        throw std::logic_error("sandbox: " + made.error().message());
    }
}

PortainerSettings portainer_settings(const WorldPlan& plan) {
    PortainerSettings settings;
    settings.api_key = secrets::kPortainerKey;
    settings.environment = "swarm";
    settings.deploy_time = plan.deploy_time;
    settings.asynchronous = plan.asynchronous;
    settings.speed = plan.speed;
    return settings;
}

KeycloakSettings keycloak_settings(const WorldPlan& plan) {
    KeycloakSettings settings;
    settings.hostname = fmt::format("http://keycloak.{}", plan.domain);
    return settings;
}

}  // namespace

std::string swarm_name(const std::string& service) {
    return service + "_" + service;
}

std::string compose_text(const WorldPlan& world, const ServicePlan& service) {
    std::string text = fmt::format(
        "version: '3.8'\n"
        "services:\n"
        "  {0}:\n"
        "    image: {1}\n"
        "    hostname: {0}\n"
        "    command: [{0}]\n"
        "    environment:\n"
        "      - PYTHONUNBUFFERED=1\n"
        "      - HOST=0.0.0.0\n"
        "      - PORT=8000\n"
        "      - TRANSPORT=streamable-http\n",
        service.name,
        image_of(service));
    if (service.block != BlockForm::Absent) {
        text += "      # auth (flipped wave by wave)\n";
        for (const auto& [key, value] : block_of(world, service)) {
            text += service.block == BlockForm::Literal
                        ? fmt::format("      - {}={}\n", key, value)
                        : fmt::format("      - {0}=${{{0}}}\n", key);
        }
    }
    text +=
        "    deploy:\n"
        "      restart_policy:\n"
        "        condition: any\n";
    return text + monitor_text(world);
}

World::World(const asio::any_io_executor& executor, Clock& clock, WorldPlan plan)
    : network(executor, clock),
      programs(Outside{executor, clock, network}),
      portainer(clock, executor, programs, portainer_settings(plan)),
      keycloak(clock, keycloak_settings(plan)),
      openbao(clock),
      eunomia(clock, secrets::kEunomiaKey),
      grafana(clock, secrets::kGrafanaToken),
      git(portainer.git()),
      proxy(programs),
      plan_(std::move(plan)) {
    connect("portainer", portainer);
    connect("keycloak", keycloak);
    connect("openbao", openbao);
    connect("eunomia", eunomia);
    connect("grafana", grafana);
    connect("git", git);
    add_operator_credentials();
    for (const auto& service : plan_.services) {
        add_service(service);
    }
    add_multiplexer();
}

World::~World() = default;

std::string World::url(const std::string& name) const {
    return fmt::format("http://{}.{}", name, plan_.domain);
}

void World::connect(const std::string& name, Site& site) {
    network.connect(fmt::format("{}.{}", name, plan_.domain), site);
}

void World::add_operator_credentials() {
    boost::json::object client;
    client["clientId"] = "wavegate";
    client["publicClient"] = false;
    client["serviceAccountsEnabled"] = true;
    client["secret"] = secrets::kKeycloakSecret;
    keycloak.add_client(client);
    keycloak.grant("wavegate", AdminRole::ManageClients);
    BaoToken token;
    token.name = "wavegate";
    token.rules = operator_policy("kv", "mcp-multiplexer");
    openbao.add_token(secrets::kBaoToken, std::move(token));
}

void World::add_service(const ServicePlan& service) {
    const auto swarm = swarm_name(service.name);
    behaviours_[service.name] =
        &programs.service(swarm, fleet_service(service.name, tools_of(service)));
    const auto host_of_domain = plan_.domain.substr(0, plan_.domain.find(':'));
    proxy.route(fmt::format("{}.{}", service.name, host_of_domain), swarm);
    connect(service.name, proxy);
    EnvList env;
    if (service.block == BlockForm::PassThrough) {
        env = block_of(plan_, service);
    }
    const auto compose = compose_text(plan_, service);
    env.insert(env.end(), service.env.begin(), service.env.end());
    behaviours_[service.name]->principal = plan_.principal;
    behaviours_[service.name]->keys = service.keys;
    behaviours_[service.name]->wire.generation = service.generation;
    if (!service.git) {
        must(portainer.add_stack(service.name, compose, std::move(env)));
        return;
    }
    GitConfig config;
    config.url = repository_url(service.name);
    config.reference = "refs/heads/main";
    config.path = "compose.yml";
    config.authentication.emplace();
    config.authentication->user = secrets::kGitUser;
    config.authentication->password = secrets::kGitToken;
    auto& repository = portainer.git()[config.url];
    repository.protect(secrets::kGitUser, secrets::kGitToken);
    if (plan_.git_disk) {
        repository.keep_on(plan_.git_disk(config.url));
    }
    repository.commit("main", {{config.path, compose}, {"README.md", "# " + service.name + "\n"}});
    must(portainer.add_git_stack(
        service.name, std::move(config), std::move(env), service.poll_every));
}

std::string World::repository_url(const std::string& service) const {
    const auto base = plan_.git_base.empty() ? fmt::format("https://git.{}/services", plan_.domain)
                                             : plan_.git_base;
    return fmt::format("{}/{}.git", base, service);
}

void World::add_multiplexer() {
    std::vector<ChildDouble> children;
    for (const auto& service : plan_.services) {
        ChildDouble child;
        child.name = service.name;
        child.url = url(service.name) + "/mcp";
        child.agent_id = plan_.sends_agent_id ? "mcp-multiplexer" : "";
        children.push_back(std::move(child));
    }
    auto behaviour = fleet_multiplexer(std::move(children));
    for (auto& pause : behaviour.restart_pauses) {
        pause /= plan_.speed;
    }
    multiplexer_ = &programs.multiplexer(swarm_name(kMultiplexer), std::move(behaviour));
    const auto host_of_domain = plan_.domain.substr(0, plan_.domain.find(':'));
    proxy.route(fmt::format("{}.{}", kMultiplexer, host_of_domain), swarm_name(kMultiplexer));
    connect(kMultiplexer, proxy);
    must(portainer.add_stack(kMultiplexer, multiplexer_compose(plan_)));
}

Behaviour& World::behaviour(const std::string& service) {
    return *behaviours_.at(service);
}

MultiplexerBehaviour& World::multiplexer() {
    return *multiplexer_;
}

bool World::park(const std::string& child) {
    return programs.park(swarm_name(kMultiplexer), child);
}

bool World::is_up() {
    const auto listens = [this](const std::string& name) {
        return programs.running(swarm_name(name)) != nullptr;
    };
    return listens(kMultiplexer) &&
           std::all_of(plan_.services.begin(), plan_.services.end(), [&](const ServicePlan& one) {
               return listens(one.name);
           });
}

std::map<std::string, std::string> World::live_env(const std::string& service) const {
    return portainer.spec_env(swarm_name(service));
}

}  // namespace wavegate::sandbox
