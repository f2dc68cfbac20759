#include "tests/contract/portainer/swarm_backend.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace wavegate::contract {
namespace {

class EmulatedSwarm final : public SwarmBackend {
  public:
    explicit EmulatedSwarm(const sandbox::PortainerSettings& settings)
        : portainer_(driver_->clock(), driver_->executor(), programs_, settings) {
        programs_.decide = [](const sandbox::ContainerSpec& spec) {
            if (spec.image.starts_with("wavegate/absent")) {
                return testing::rejected("No such image: " + spec.image);
            }
            const auto type = spec.env.find("AUTH_TYPE");
            const bool dies =
                spec.image == kDiesWithJwtImage && type != spec.env.end() && type->second == "jwt";
            return dies ? testing::exits(1) : sandbox::StartPlan();
        };
        portainer_.swarm().add(portainer_.swarm().networks(), "host");
        wire_.at("portainer.arpa", portainer_);
    }
    testing::Driver& driver() override { return *driver_; }
    Transport& transport() override { return wire_; }
    [[nodiscard]] std::string cluster_id() override { return portainer_.swarm().id(); }

  private:
    std::unique_ptr<testing::Driver> driver_ = testing::simulated_driver();
    testing::Programs programs_;
    sandbox::Portainer portainer_;
    testing::SiteTransport wire_;
};

SwarmKind emulated(const char* name, bool asynchronous) {
    return {name, [asynchronous] {
                sandbox::PortainerSettings settings;
                settings.asynchronous = asynchronous;
                return std::make_unique<EmulatedSwarm>(settings);
            }};
}

INSTANTIATE_TEST_SUITE_P(
    Double,
    SwarmContract,
    ::testing::Values(emulated("a", false), emulated("b", true)),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Double,
    FleetLockContract,
    ::testing::Values(emulated("a", false)),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
