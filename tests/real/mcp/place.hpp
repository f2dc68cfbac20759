#pragma once

#include "operator/net/curl_transport.hpp"
#include "operator/sandbox/mcp/verifier.hpp"
#include "tests/contract/mcp/stage.hpp"
#include "tests/real/mcp/keycloak_tokens.hpp"
#include "tests/real/support/eunomia_server.hpp"
#include "tests/real/support/server_process.hpp"
#include "tests/real/support/site_server.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <vector>

namespace wavegate::contract {

/// What real services stand on: real time, the program's Keycloak, a real Eunomia.
class Place {
  public:
    testing::Driver& driver() { return *driver_; }
    Transport& transport() { return transport_; }
    /// Is all of it installed here?
    static bool possible();
    KeycloakTokens& tokens() { return tokens_; }
    /// Keycloak's keys once more, by a way that can be cut.
    testing::SiteServer& relayed_jwks() { return relayed_jwks_; }
    testing::EunomiaServer& eunomia() { return *eunomia_; }
    [[nodiscard]] std::string folder() const { return folder_.path(); }

    void serve_policies(bool up);
    /// In place of all that were there.
    void set_policy(const boost::json::value& policy);
    /// The relay answers meanwhile.
    void pass(Duration by);

  private:
    testing::TempFolder folder_{"wavegate-mcp"};
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    net::CurlTransport transport_{driver_->executor()};
    KeycloakTokens tokens_{*driver_};
    JwksRelay relay_{transport_, tokens_.jwks_uri()};
    testing::SiteServer relayed_jwks_{*driver_, relay_};
    std::unique_ptr<testing::EunomiaServer> eunomia_ =
        testing::EunomiaServer::start("the-admin-key");
};

/// One program of the fleet on a port of its own, started anew with another env as a redeploy does.
class Program {
  public:
    Program(Place& place, std::vector<std::string> argv);

    /// Waits until /health answers; throws when it does not.
    void run(const sandbox::Env& env) {
        stop();
        begin(env);
        await();
    }
    /// Its first half: what runs with this env already goes on.
    void begin(const sandbox::Env& env);
    void await();
    /// Does a start with this env end by itself?
    bool refuses(const sandbox::Env& env);
    void stop() { process_.reset(); }
    bool runs_with(const sandbox::Env& env) {
        return process_ && process_->running() && env_ == env;
    }
    /// Without a path.
    [[nodiscard]] const std::string& url() const { return url_; }

  private:
    void start(const sandbox::Env& env);
    bool answers();

    Place& place_;
    std::vector<std::string> argv_;
    int port_;
    std::string url_;
    sandbox::Env env_;
    std::unique_ptr<testing::ServerProcess> process_;
};

}  // namespace wavegate::contract
