#pragma once

#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// Debian's nginx on loopback ports, with git's own `git http-backend` behind fcgiwrap.
class NginxServer {
  public:
    /// Null when it is not installed here.
    static std::unique_ptr<NginxServer> make();

    /// Adds a server block ("ssl_certificate ...; location / { ... }") on a port of its own.
    int add_server(const std::string& block);
    /// A location block at /git/ that serves the bare repositories below `root`, to the user with
    /// that password alone.
    [[nodiscard]] std::string
    git_location(const std::string& root, const std::string& user, const std::string& password);
    /// Call it when all servers are there; throws when nginx does not come up.
    void start();
    void stop() { nginx_->stop(); }
    /// What was asked: one line per request.
    [[nodiscard]] std::string access_log() const;

  private:
    explicit NginxServer(std::string programs) : programs_(std::move(programs)) {}
    void start_fcgiwrap();

    std::string programs_;
    TempFolder folder_{"wavegate-nginx"};
    std::string servers_;
    int last_port_ = 0;
    std::unique_ptr<ServerProcess> fcgiwrap_;
    std::unique_ptr<ServerProcess> nginx_;
};

}  // namespace wavegate::testing
