#include "tests/real/support/blackbox_server.hpp"

#include "tests/real/support/http.hpp"

#include <fstream>
#include <stdexcept>

namespace wavegate::testing {

std::unique_ptr<BlackboxServer> BlackboxServer::start(const std::string& config) {
    const auto folder = installed("monitoring");
    if (!folder) {
        return nullptr;
    }
    return std::unique_ptr<BlackboxServer>(
        new BlackboxServer(*folder + "/bin/prometheus-blackbox-exporter", config));
}

BlackboxServer::BlackboxServer(const std::string& program, const std::string& config) {
    const auto file = folder_.path() + "/blackbox.yml";
    std::ofstream(file) << config;
    ServerCommand command;
    command.name = "blackbox";
    command.folder = folder_.path();
    command.argv = {program, "--config.file=" + file, "--web.listen-address=" + address_};
    process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto url = "http://" + address_ + "/-/healthy";
    const auto ready = [&] { return ask(HttpRequest("GET", url)).status == 200; };
    if (!process_->wait_until(ready, std::chrono::seconds(60))) {
        throw std::runtime_error("blackbox exporter did not come up");
    }
}

}  // namespace wavegate::testing
