#include "tests/contract/mcp/fleet.hpp"
#include "tests/contract/mcp/fleet_driver.hpp"
#include "tests/contract/mcp/token_source.hpp"
#include "tests/contract/sdks/sdk_backend.hpp"

namespace wavegate::contract {
namespace {

class SdkDouble final : public SdkBackend {
  public:
    SdkDouble() : behaviour_(fleet_.add("sample-mcp", {"ping", "search", "explode"})) {
        behaviour_.wire.server_name = "sample-mcp";
    }
    testing::Driver& driver() override { return driver_; }
    Transport& transport() override { return fleet_.transport; }
    std::string run(const SdkSettings& settings) override {
        behaviour_.wire.json_answers = settings.json;
        behaviour_.wire.page_size = static_cast<std::size_t>(settings.page);
        behaviour_.wire.allowed_host = settings.checks_host ? "sample-mcp.arpa" : "";
        fleet_.run("sample-mcp", settings.demands_token ? jwt_env() : sandbox::Env());
        return url_of("sample-mcp");
    }
    std::string token() override { return tokens_.good(); }

  private:
    Fleet fleet_;
    FleetDriver driver_{fleet_.sim};
    TestTokens tokens_{fleet_.sim.clock, fleet_.issuer};
    sandbox::Behaviour& behaviour_;
};

INSTANTIATE_TEST_SUITE_P(
    Double,
    Sdks,
    ::testing::Values(SdkKind{"double", [] { return std::make_unique<SdkDouble>(); }}),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
