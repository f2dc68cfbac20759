#pragma once

#include "tests/real/support/http.hpp"
#include "tests/real/support/server_process.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A real Keycloak (start-dev) on a port of its own, with its database in the folder: what it
/// stored is there again after stop and start.
class KeycloakServer {
  public:
    /// `options` are kc.sh's, beside those for address, database and features.
    explicit KeycloakServer(std::vector<std::string> options = {});

    /// Ready when this returns true. The very first start after an installation builds the server
    /// and takes a minute or two, as does one with other build options.
    [[nodiscard]] bool start();
    void stop() { process_.reset(); }
    /// As a crash: what was acknowledged in the last second may be lost.
    void kill();

    [[nodiscard]] const std::string& url() const { return url_; }
    /// As its first administrator; `path` below /admin/.
    HttpResponse as_admin(
        const std::string& method,
        const std::string& path,
        const boost::json::value& body = nullptr);
    /// A new realm with these settings besides.
    [[nodiscard]] bool add_realm(const std::string& name, const boost::json::object& settings = {});

  private:
    [[nodiscard]] ServerCommand command() const;
    [[nodiscard]] std::string login() const;

    std::vector<std::string> options_;
    TempFolder folder_{"wavegate-keycloak"};
    int port_ = free_port();
    int management_port_ = free_port();
    std::string url_;
    std::string administrator_;  ///< header line
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
