#pragma once

#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// Eunomia with its SQLite database and an admin key, on a port of its own.
class EunomiaServer {
  public:
    /// nullptr when it is not installed here; throws when it does not come up.
    static std::unique_ptr<EunomiaServer> start(std::string admin_key);

    /// Without a slash at its end.
    [[nodiscard]] const std::string& url() const { return url_; }
    /// As a crash; its database stays.
    void kill() { process_->kill(); }
    void stop() { process_->stop(); }
    /// On the same port and database. Throws when it does not come up.
    void start_again();

  private:
    EunomiaServer(std::string program, std::string admin_key);

    std::string program_;
    std::string admin_key_;
    int port_;
    std::string url_;
    TempFolder folder_{"wavegate-eunomia"};
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
