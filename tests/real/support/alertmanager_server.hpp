#pragma once

#include "tests/real/support/server_process.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <string>

namespace wavegate::testing {

/// A real Alertmanager on a port of its own, with one receiver that tells nobody.
class AlertmanagerServer {
  public:
    /// nullptr when it is not installed here; throws when it does not come up.
    static std::unique_ptr<AlertmanagerServer> start();

    /// The alerts of this name, as its API shows them.
    [[nodiscard]] boost::json::array alerts(const std::string& name) const;
    /// The same, once there are any; empty when there are none in time.
    [[nodiscard]] boost::json::array wait_for(const std::string& name, std::chrono::seconds limit)
        const;
    /// "127.0.0.1:9093"
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    explicit AlertmanagerServer(const std::string& program);

    TempFolder folder_{"wavegate-alertmanager"};
    std::string address_ = "127.0.0.1:" + std::to_string(free_port());
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
