#include "tests/real/fleet/site.hpp"

#include "operator/runtime/system_clock.hpp"
#include "operator/sandbox/program/bare_repository.hpp"
#include "tests/real/fleet/calls.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr const char* kKeycloakSecret = "secret-of-the-operator";
constexpr const char* kGitUser = "bot";
constexpr const char* kMultiplexer = "mcp-multiplexer";

void expect(const HttpResponse& answer, int status, const char* what) {
    if (answer.status != status) {
        throw std::runtime_error(fmt::format("{}: {} {}", what, answer.status, answer.body));
    }
}

std::string text(const HttpResponse& answer, const char* pointer) {
    return std::string(std::string_view(body_of(answer).at_pointer(pointer).as_string()));
}

void must(const Result<int>& made) {
    if (!made) {
        throw std::runtime_error("no stack: " + made.error().message());
    }
}

}  // namespace

bool until(
    const std::function<bool()>& so,
    std::chrono::seconds limit,
    std::chrono::milliseconds pause) {
    const runtime::SystemClock clock;
    const auto deadline = clock.now().mono + limit;
    while (clock.now().mono < deadline) {
        if (so()) {
            return true;
        }
        ::poll(nullptr, 0, static_cast<int>(pause.count()));
    }
    return so();
}

std::string Site::missing() {
    for (const auto* server : {"keycloak", "openbao", "eunomia", "docker", "mcp", "fleet"}) {
        if (!installed(server)) {
            return server;
        }
    }
    return {};
}

Site& Site::the() {
    static bool under_way = false;
    if (std::exchange(under_way, true)) {
        throw std::runtime_error("the site did not come up at the first attempt");
    }
    static Site site;
    under_way = false;
    return site;
}

Site::Site() {
    choose_ports();
    eunomia_ = EunomiaServer::start(eunomia_key());
    engine_ = DockerServer::start();
    front_ = std::make_unique<PortainerFront>(*engine_);
    make_stacks();
    front_->serve();
    // The services start meanwhile.
    if (!keycloak_.start() || !openbao_.start()) {
        throw std::runtime_error("keycloak or openbao did not come up");
    }
    set_up_keycloak();
    set_up_openbao();
    desired_.emplace(folder_.path() + "/desired", systems(), services_);
    wait_for_services();
}

Site::~Site() = default;

void Site::choose_ports() {
    for (auto& service : services_) {
        service.port = free_port();
    }
}

void Site::set_up_keycloak() {
    if (!keycloak_.add_realm(realm())) {
        throw std::runtime_error("keycloak makes no realm");
    }
    const auto in_realm = [](const std::string& path) {
        return fmt::format("realms/{}{}", realm(), path);
    };
    expect(
        keycloak_.as_admin(
            "POST",
            in_realm("/clients"),
            json::object{
                {"clientId", "wavegate"},
                {"publicClient", false},
                {"serviceAccountsEnabled", true},
                {"secret", kKeycloakSecret}}),
        201,
        "the operator's client");
    const auto id_of = [&](const std::string& client) {
        return text(keycloak_.as_admin("GET", in_realm("/clients?clientId=" + client)), "/0/id");
    };
    const auto management = id_of("realm-management");
    const auto role = body_of(
        keycloak_.as_admin("GET", in_realm("/clients/" + management + "/roles/manage-clients")));
    const auto account = text(
        keycloak_.as_admin(
            "GET", in_realm("/clients/" + id_of("wavegate") + "/service-account-user")),
        "/id");
    json::array roles;
    roles.push_back(role);
    expect(
        keycloak_.as_admin(
            "POST", in_realm("/users/" + account + "/role-mappings/clients/" + management), roles),
        204,
        "its role");
}

void Site::set_up_openbao() {
    expect(
        openbao_.as_root(
            "POST", "sys/mounts/kv", {{"type", "kv"}, {"options", {{"version", "2"}}}}),
        204,
        "the mount");
    // As in the README.
    constexpr const char* kRights =
        R"(path "kv/data/mcp-multiplexer/*"     { capabilities = ["create", "read", "update"] }
path "kv/metadata/mcp-multiplexer/*" { capabilities = ["create", "read", "update"] })";
    expect(
        openbao_.as_root("PUT", "sys/policies/acl/wavegate", {{"policy", kRights}}),
        204,
        "the policy");
    const auto made =
        openbao_.as_root("POST", "auth/token/create", {{"policies", json::array{"wavegate"}}});
    expect(made, 200, "the token");
    openbao_token_ = text(made, "/auth/client_token");
}

void Site::make_stacks() {
    for (const auto image : {Image::Good, Image::Silent, Image::Dies}) {
        engine_->make_image(image_name(image), image_script(image));
    }
    for (const auto& service : services_) {
        make_stack(service);
    }
    const auto config = folder_.path() + "/multiplexer/mcp_config.json";
    std::filesystem::create_directory(folder_.path() + "/multiplexer");
    std::ofstream(config) << multiplexer_config(services_);
    must(front_->portainer().add_stack(
        kMultiplexer, multiplexer_compose(multiplexer_port_, config)));
}

void Site::make_stack(const Service& service) {
    const auto at = systems();
    const Addresses addresses{at.keycloak + "/realms/" + at.realm, at.eunomia};
    const auto compose = service_compose(service, addresses);
    auto env = service_env(service, addresses);
    auto& portainer = front_->portainer();
    if (!service.git) {
        must(portainer.add_stack(service.name, compose, std::move(env)));
        return;
    }
    sandbox::GitConfig config;
    config.url = fmt::format("file://{}/git/{}.git", folder_.path(), service.name);
    config.reference = "refs/heads/main";
    config.path = "compose.yml";
    config.authentication = sandbox::GitAuthentication{kGitUser, "token-of-the-bot"};
    auto& repository = portainer.git()[config.url];
    repository.keep_on(sandbox::make_bare_repository(config.url));
    repository.commit("main", {{config.path, compose}});
    must(portainer.add_git_stack(service.name, std::move(config), std::move(env)));
}

void Site::wait_for_services() {
    const auto answers = [](const std::string& url) {
        return ask(HttpRequest("GET", url + "/health")).status == 200;
    };
    for (const auto& service : services_) {
        const auto url = fmt::format("http://127.0.0.1:{}", service.port);
        // Twenty-six programs start at once, and CI compiles beside them.
        if (!until([&] { return answers(url); }, 300s)) {
            throw std::runtime_error(
                service.name + " does not come up: " +
                engine_->docker(
                    {"service", "ps", "--no-trunc", service.name + "_" + service.name}) +
                engine_->docker({"service", "logs", service.name + "_" + service.name}));
        }
    }
    if (!until(
            [&] { return answers(fmt::format("http://127.0.0.1:{}", multiplexer_port_)); }, 120s)) {
        throw std::runtime_error("the multiplexer does not come up");
    }
}

Systems Site::systems() const {
    return {
        front_->url(),
        keycloak_.url(),
        openbao_.url(),
        eunomia_->url(),
        multiplexer_port_,
        realm()};
}

const Service& Site::service(const std::string& name) const {
    const auto found = std::find_if(
        services_.begin(), services_.end(), [&](const Service& each) { return each.name == name; });
    if (found == services_.end()) {
        throw std::logic_error("no service " + name);
    }
    return *found;
}

std::string Site::url(const std::string& name) const {
    return fmt::format("http://127.0.0.1:{}/mcp", service(name).port);
}

std::string Site::multiplexer_url() const {
    return fmt::format("http://127.0.0.1:{}/mcp", multiplexer_port_);
}

std::string Site::operator_settings() const {
    return fmt::format(
        "source: {{ git: {{ url: \"file://{}\", interval: 1s }} }}\n"
        "store: {{ sqlite: wavegate.db }}\n"
        "listen: 127.0.0.1:0\n"
        "auth: {{ tokenRef: \"env:API_TOKEN\" }}\n"
        "references:\n"
        "  - {{ ref: \"env:PORTAINER_KEY\", to: [ \"{}\" ] }}\n"
        "  - {{ ref: \"env:KEYCLOAK_SECRET\", to: [ \"{}\" ] }}\n"
        "  - {{ ref: \"env:OPENBAO_TOKEN\", to: [ \"{}\" ] }}\n"
        "  - {{ ref: \"env:EUNOMIA_KEY\", to: [ \"{}\" ] }}\n"
        "probes: [ \"http://127.0.0.1:*\" ]\n"
        "clients: {{ mcp-multiplexer: {{ stacks: [ mcp-multiplexer ],"
        " paths: [ mcp-multiplexer/oidc ] }} }}\n",
        desired_->folder(),
        front_->url(),
        keycloak_.url(),
        openbao_.url(),
        eunomia_->url());
}

std::map<std::string, std::string> Site::operator_secrets() const {
    return {
        {"PORTAINER_KEY", PortainerFront::api_key()},
        {"KEYCLOAK_SECRET", kKeycloakSecret},
        {"OPENBAO_TOKEN", openbao_token_},
        {"EUNOMIA_KEY", eunomia_key()},
        {"API_TOKEN", "token-of-the-api"}};
}

std::map<std::string, std::string> Site::live_env(const std::string& name) {
    const auto seen = engine_->call("GET", "/services/" + name + "_" + name, "");
    std::map<std::string, std::string> env;
    const auto spec = body_of(seen).at_pointer("/Spec/TaskTemplate/ContainerSpec/Env");
    for (const auto& line : spec.as_array()) {
        const std::string pair(line.as_string());
        env[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
    }
    return env;
}

HttpResponse
Site::portainer(const std::string& method, const std::string& path, const json::value& body) const {
    return ask_json(
        method,
        front_->url() + "/api" + path,
        body,
        std::string("X-API-Key: ") + PortainerFront::api_key());
}

json::value Site::stack_of(const std::string& service) const {
    const auto stacks = body_of(portainer("GET", "/stacks"));
    for (const auto& stack : stacks.as_array()) {
        if (std::string_view(stack.at("Name").as_string()) == service) {
            return stack;
        }
    }
    throw std::logic_error("no stack " + service);
}

std::map<std::string, std::string> Site::stack_env(const std::string& service) const {
    std::map<std::string, std::string> env;
    const auto stack = stack_of(service);
    for (const auto& pair : stack.at("Env").as_array()) {
        env[std::string(pair.at("name").as_string())] = std::string(pair.at("value").as_string());
    }
    return env;
}

void Site::flip_by_hand(const std::string& service) const {
    const auto id = stack_of(service).at("Id").to_number<int>();
    auto file = text(portainer("GET", fmt::format("/stacks/{}/file", id)), "/StackFileContent");
    for (const std::string line : {"AUTH_TYPE=none", "EUNOMIA_TYPE=none"}) {
        const auto equals = line.find('=') + 1;
        const auto* value = line.starts_with("AUTH") ? "jwt" : "remote";
        file.replace(file.find("- " + line) + 2 + equals, line.size() - equals, value);
    }
    const json::object body{{"stackFileContent", file}, {"env", json::array()}, {"prune", true}};
    expect(portainer("PUT", fmt::format("/stacks/{}?endpointId=1", id), body), 200, "the edit");
}

std::string Site::container(const std::string& service) {
    const auto label = fmt::format("label=com.docker.swarm.service.name={0}_{0}", service);
    auto id = engine_->docker({"ps", "--quiet", "--filter", label});
    id.erase(id.find_last_not_of('\n') + 1);
    return id;
}

void Site::kill_container(const std::string& service) {
    bool failed = false;
    const auto said = engine_->docker({"kill", container(service)}, &failed);
    if (failed) {
        throw std::runtime_error("docker kill: " + said);
    }
}

}  // namespace wavegate::testing
