#pragma once

#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// Debian's tinyproxy on a loopback port.
class TinyproxyServer {
  public:
    /// More lines of its configuration, "BasicAuth user password\n" for one. Null when it is not
    /// installed here; throws when it does not come up.
    static std::unique_ptr<TinyproxyServer> start(const std::string& more = {});

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// All that it wrote: each request is named.
    [[nodiscard]] std::string log() const { return process_->log(); }
    void stop() { process_->stop(); }

  private:
    TinyproxyServer() = default;

    int port_ = free_port();
    TempFolder folder_{"wavegate-tinyproxy"};
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
