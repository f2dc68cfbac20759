#include "tests/real/support/alertmanager_server.hpp"

#include "tests/real/support/http.hpp"

#include <fstream>
#include <stdexcept>

namespace wavegate::testing {

std::unique_ptr<AlertmanagerServer> AlertmanagerServer::start() {
    const auto folder = installed("monitoring");
    if (!folder) {
        return nullptr;
    }
    return std::unique_ptr<AlertmanagerServer>(
        new AlertmanagerServer(*folder + "/bin/prometheus-alertmanager"));
}

AlertmanagerServer::AlertmanagerServer(const std::string& program) {
    const auto config = folder_.path() + "/alertmanager.yml";
    std::ofstream(config) << "route: { receiver: nobody, group_wait: 1s }\n"
                             "receivers: [ { name: nobody } ]\n";
    ServerCommand command;
    command.name = "alertmanager";
    command.folder = folder_.path();
    command.argv = {
        program,
        "--config.file=" + config,
        "--storage.path=" + folder_.path() + "/data",
        "--web.listen-address=" + address_,
        "--cluster.listen-address="};  // alone
    process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto url = "http://" + address_ + "/-/ready";
    const auto ready = [&] { return ask(HttpRequest("GET", url)).status == 200; };
    if (!process_->wait_until(ready, std::chrono::seconds(60))) {
        throw std::runtime_error("alertmanager did not come up");
    }
}

boost::json::array AlertmanagerServer::alerts(const std::string& name) const {
    const auto url = "http://" + address_ + "/api/v2/alerts?filter=alertname%3D%22" + name + "%22";
    auto listed = body_of(ask(HttpRequest("GET", url)));
    return listed.is_array() ? std::move(listed.as_array()) : boost::json::array();
}

boost::json::array AlertmanagerServer::wait_for(const std::string& name, std::chrono::seconds limit)
    const {
    boost::json::array found;
    const auto any = [&] { return !(found = alerts(name)).empty(); };
    static_cast<void>(process_->wait_until(any, limit));
    return found;
}

}  // namespace wavegate::testing
