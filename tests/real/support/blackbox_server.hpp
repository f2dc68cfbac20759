#pragma once

#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// A real blackbox exporter on a port of its own.
class BlackboxServer {
  public:
    /// nullptr when it is not installed here; throws when it does not come up. `config`: its YAML.
    static std::unique_ptr<BlackboxServer> start(const std::string& config);

    /// "127.0.0.1:9115"
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    BlackboxServer(const std::string& program, const std::string& config);

    TempFolder folder_{"wavegate-blackbox"};
    std::string address_ = "127.0.0.1:" + std::to_string(free_port());
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
