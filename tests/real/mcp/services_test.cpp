#include "tests/contract/mcp/backend.hpp"
#include "tests/real/mcp/place.hpp"
#include "tests/support/paths.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

// The suite against real services: FastMCP's own verifier and the eunomia-mcp middleware, alone
// and within the fleet's software, against the keys of a real Keycloak and a real Eunomia.
namespace wavegate::contract {
namespace {

/// One service and all that it needs, kept for the whole program.
struct Ground {
    explicit Ground(std::vector<std::string> argv) : service(place, std::move(argv)) {}
    Place place;
    Program service;
};

class RealService final : public McpBackend {
  public:
    explicit RealService(Ground& ground) : place_(ground.place), service_(ground.service) {}
    testing::Driver& driver() override { return place_.driver(); }
    Transport& transport() override { return place_.transport(); }
    std::string run(const sandbox::Env& env) override {
        if (!service_.runs_with(env)) {
            service_.run(env);
        }
        return service_.url() + "/mcp";
    }
    void stop() override { service_.stop(); }
    bool refuses(const sandbox::Env& env) override { return service_.refuses(env); }
    TokenSource& tokens() override { return place_.tokens(); }
    [[nodiscard]] std::string jwks_uri() const override { return place_.tokens().jwks_uri(); }
    [[nodiscard]] std::string cuttable_jwks_uri() const override {
        return place_.relayed_jwks().url() + "/certs";
    }
    void serve_jwks(bool up) override { place_.relayed_jwks().serve(up); }
    [[nodiscard]] std::string policy_url() const override { return place_.eunomia().url(); }
    void serve_policies(bool up) override { place_.serve_policies(up); }
    void set_policy(const boost::json::value& policy) override { place_.set_policy(policy); }

  private:
    Place& place_;
    Program& service_;
};

std::unique_ptr<McpBackend> sample() {
    const auto folder = testing::installed("mcp");
    if (!folder || !Place::possible()) {
        return nullptr;
    }
    static Ground ground(
        {*folder + "/bin/python", testing::source_path("tests/real/services/sample_service.py")});
    return std::make_unique<RealService>(ground);
}

std::unique_ptr<McpBackend> searxng() {
    const auto folder = testing::installed("fleet");
    if (!folder || !Place::possible()) {
        return nullptr;
    }
    static Ground ground({*folder + "/bin/searxng-mcp"});
    return std::make_unique<RealService>(ground);
}

const McpKind kFastMcp{"mcp", "sample-mcp", "search", "", true, false, sample};
const McpKind kFleet{"fleet", "SearXNGMCP", "web_search", "Internal error: ", false, true, searxng};

INSTANTIATE_TEST_SUITE_P(
    Real,
    McpServices,
    ::testing::Values(kFastMcp, kFleet),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Real,
    McpServicesByToken,
    ::testing::Values(kFastMcp),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Real,
    McpServicesOfTheFleet,
    ::testing::Values(kFleet),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
