#include "tests/real/support/eunomia_server.hpp"

#include "tests/real/support/http.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {

std::unique_ptr<EunomiaServer> EunomiaServer::start(std::string admin_key) {
    const auto folder = installed("eunomia");
    if (!folder) {
        return nullptr;
    }
    std::unique_ptr<EunomiaServer> server(
        new EunomiaServer(*folder + "/bin/eunomia", std::move(admin_key)));
    server->start_again();
    return server;
}

EunomiaServer::EunomiaServer(std::string program, std::string admin_key)
    : program_(std::move(program)),
      admin_key_(std::move(admin_key)),
      port_(free_port()),
      url_("http://127.0.0.1:" + std::to_string(port_)) {}

void EunomiaServer::start_again() {
    ServerCommand command;
    command.name = "eunomia";
    command.folder = folder_.path();
    command.argv = {program_, "server", "--host", "127.0.0.1", "--port", std::to_string(port_)};
    const auto database = "sqlite:///" + folder_.path() + "/eunomia.sqlite";
    command.env = {
        {"ENGINE_SQL_DATABASE_URL", database},
        // Left alone beside another database, the start fails.
        {"FETCHERS", R"({"registry":{"sql_database_url":")" + database + "\"}}"},
        {"ADMIN_AUTHN_REQUIRED", "true"},
        {"ADMIN_API_KEY", admin_key_},
    };
    process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto ready = [this] { return ask(HttpRequest("GET", url_ + "/health")).status == 200; };
    if (!process_->wait_until(ready, std::chrono::seconds(60))) {
        throw std::runtime_error("eunomia did not come up");
    }
}

}  // namespace wavegate::testing
