#include "tests/contract/mcp/fleet.hpp"
#include "tests/contract/mcp/fleet_driver.hpp"
#include "tests/contract/mcp/multiplexer_backend.hpp"
#include "tests/contract/mcp/replay.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wavegate::contract {
namespace {

class MultiplexerDouble final : public MultiplexerBackend {
  public:
    MultiplexerDouble() {
        fleet_.add("searxng-mcp", {}) = searxng_service();
        fleet_.add("openbao-mcp", {"openbao_mcp_sys"});
        fleet_.add_multiplexer({"searxng-mcp", "openbao-mcp"});
    }
    testing::Driver& driver() override { return driver_; }
    Transport& transport() override { return fleet_.transport; }
    void run_child(const std::string& name, const sandbox::Env& env) override {
        fleet_.run(name, env);
    }
    void run_children(const sandbox::Env& env) override {
        fleet_.run("searxng-mcp", env);
        fleet_.run("openbao-mcp", env);
    }
    void stop_child(const std::string& name) override { fleet_.stop(name); }
    void run_multiplexer(const sandbox::Env& env) override { fleet_.run_multiplexer(env); }
    [[nodiscard]] std::string url() const override { return kMultiplexer; }

    [[nodiscard]] std::string issuer() const override { return fleet_.issuer.issuer; }
    [[nodiscard]] std::string jwks_uri() const override { return "http://keycloak.arpa/certs"; }
    [[nodiscard]] std::string token_url() const override { return "http://keycloak.arpa/token"; }
    [[nodiscard]] std::string policy_url() const override { return "http://eunomia.arpa"; }
    void serve_policies(bool up) override {
        if (up) {
            fleet_.transport.at("eunomia.arpa", fleet_.policies);
        } else {
            fleet_.transport.remove("eunomia.arpa");
        }
    }
    void set_policy(const boost::json::value& policy) override {
        fleet_.policies.wipe();
        fleet_.policies.add(policy);
    }

  private:
    Fleet fleet_;
    FleetDriver driver_{fleet_.sim};
};

INSTANTIATE_TEST_SUITE_P(
    Double,
    MultiplexerContract,
    ::testing::Values(
        MultiplexerKind{"double", [] { return std::make_unique<MultiplexerDouble>(); }}),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
