#include "tests/real/support/tinyproxy_server.hpp"

#include <fstream>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {

std::unique_ptr<TinyproxyServer> TinyproxyServer::start(const std::string& more) {
    const auto installation = installed("roads");
    if (!installation) {
        return nullptr;
    }
    std::unique_ptr<TinyproxyServer> server(new TinyproxyServer());
    const auto& folder = server->folder_.path();
    std::ofstream(folder + "/tinyproxy.conf")
        << "Port " << server->port_ << "\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n"
        << "MaxClients 50\nLogLevel Info\n"
        << more;
    ServerCommand command;
    command.name = "tinyproxy";
    command.folder = folder;
    command.argv = {*installation + "/bin/tinyproxy", "-d", "-c", folder + "/tinyproxy.conf"};
    server->process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto up = [&] { return listens(server->port_); };
    if (!server->process_->wait_until(up, std::chrono::seconds(30))) {
        throw std::runtime_error("tinyproxy did not come up");
    }
    return server;
}

}  // namespace wavegate::testing
