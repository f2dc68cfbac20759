#include "tests/real/support/keycloak_server.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

namespace wavegate::testing {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAdmin = "admin";
constexpr const char* kPassword = "only-for-tests";

}  // namespace

KeycloakServer::KeycloakServer(std::vector<std::string> options)
    : options_(std::move(options)), url_("http://127.0.0.1:" + std::to_string(port_)) {}

ServerCommand KeycloakServer::command() const {
    const auto home = installed("keycloak");
    if (!home) {
        throw std::logic_error("keycloak is not installed");
    }
    ServerCommand command;
    command.name = "keycloak";
    command.folder = folder_.path();
    command.env = {
        {"KC_BOOTSTRAP_ADMIN_USERNAME", kAdmin},
        {"KC_BOOTSTRAP_ADMIN_PASSWORD", kPassword},
        {"JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx256m"}};
    command.argv = {
        *home + "/bin/kc.sh",
        "start-dev",
        "--http-host=127.0.0.1",
        "--http-port=" + std::to_string(port_),
        "--http-management-port=" + std::to_string(management_port_),
        "--health-enabled=true",
        // A build option: the same for everyone, or each start would build the server anew.
        "--features=client-secret-rotation",
        "--db-url=jdbc:h2:file:" + folder_.path() + "/keycloak;NON_KEYWORDS=VALUE"};
    command.argv.insert(command.argv.end(), options_.begin(), options_.end());
    return command;
}

bool KeycloakServer::start() {
    process_ = std::make_unique<ServerProcess>(command());
    const auto ready = fmt::format("http://127.0.0.1:{}/health/ready", management_port_);
    return process_->wait_until([&] { return ask(HttpRequest("GET", ready)).status == 200; }, 300s);
}

void KeycloakServer::kill() {
    if (process_) {
        process_->kill();
    }
    process_.reset();
}

std::string KeycloakServer::login() const {
    HttpRequest request("POST", url_ + "/realms/master/protocol/openid-connect/token");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = fmt::format(
        "grant_type=password&client_id=admin-cli&username={}&password={}", kAdmin, kPassword);
    const auto token = body_of(ask(std::move(request)));
    if (!token.is_object()) {
        throw std::runtime_error("keycloak refuses its administrator");
    }
    return "Authorization: Bearer " +
           std::string(std::string_view(token.at("access_token").as_string()));
}

HttpResponse KeycloakServer::as_admin(
    const std::string& method,
    const std::string& path,
    const json::value& body) {
    auto answer = ask_json(method, url_ + "/admin/" + path, body, administrator_);
    if (answer.status == 401) {  // its tokens live for a minute
        administrator_ = login();
        answer = ask_json(method, url_ + "/admin/" + path, body, administrator_);
    }
    return answer;
}

bool KeycloakServer::add_realm(const std::string& name, const json::object& settings) {
    json::object realm = settings;
    realm["realm"] = name;
    realm["enabled"] = true;
    return as_admin("POST", "realms", realm).status == 201;
}

}  // namespace wavegate::testing
