#include "tests/contract/mcp/backend.hpp"
#include "tests/contract/mcp/fleet.hpp"
#include "tests/contract/mcp/fleet_driver.hpp"
#include "tests/contract/mcp/replay.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace wavegate::contract {
namespace {

class McpDoubles final : public McpBackend {
  public:
    explicit McpDoubles(const sandbox::Behaviour& behaviour) {
        auto& mine = fleet_.add("sample-mcp", {});
        mine = behaviour;
        by_token_ = &mine;
    }
    testing::Driver& driver() override { return driver_; }
    Transport& transport() override { return fleet_.transport; }

    std::string run(const sandbox::Env& env) override {
        const bool jwt = env.contains("PRINCIPAL");
        by_token_->principal = jwt ? PrincipalSource::Jwt : PrincipalSource::Header;
        fleet_.run("sample-mcp", env);
        return url_of("sample-mcp");
    }
    void stop() override { fleet_.stop("sample-mcp"); }
    bool refuses(const sandbox::Env& env) override {
        return fleet_.programs.plan(fleet_.spec("sample-mcp", env)).exit_code == 1;
    }

    TokenSource& tokens() override { return tokens_; }
    void serve_jwks(bool up) override { serve("keycloak.arpa", fleet_.issuer, up); }
    [[nodiscard]] std::string jwks_uri() const override { return "http://keycloak.arpa/certs"; }
    [[nodiscard]] std::string cuttable_jwks_uri() const override { return jwks_uri(); }
    [[nodiscard]] std::string policy_url() const override { return "http://eunomia.arpa"; }
    void serve_policies(bool up) override { serve("eunomia.arpa", fleet_.policies, up); }
    void set_policy(const boost::json::value& policy) override {
        fleet_.policies.wipe();
        fleet_.policies.add(policy);
    }

  private:
    void serve(const std::string& authority, sandbox::Site& site, bool up) {
        if (up) {
            fleet_.transport.at(authority, site);
        } else {
            fleet_.transport.remove(authority);
        }
    }

    Fleet fleet_;
    FleetDriver driver_{fleet_.sim};
    TestTokens tokens_{fleet_.sim.clock, fleet_.issuer};
    sandbox::Behaviour* by_token_ = nullptr;
};

const McpKind kFastMcp{"mcp", "sample-mcp", "search", "", true, false, [] {
                           auto behaviour = sample_service();
                           behaviour.wire.server_name = "sample-mcp";
                           return std::make_unique<McpDoubles>(behaviour);
                       }};
const McpKind kFleet{"fleet", "SearXNGMCP", "web_search", "Internal error: ", false, true, [] {
                         auto behaviour = searxng_service();
                         behaviour.wire.jwks_lock = false;
                         return std::make_unique<McpDoubles>(behaviour);
                     }};

INSTANTIATE_TEST_SUITE_P(
    Double,
    McpServices,
    ::testing::Values(kFastMcp, kFleet),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Double,
    McpServicesByToken,
    ::testing::Values(kFastMcp),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Double,
    McpServicesOfTheFleet,
    ::testing::Values(kFleet),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
