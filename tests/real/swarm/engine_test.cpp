#include "tests/contract/portainer/swarm_backend.hpp"
#include "tests/real/support/docker_server.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

// The suite with a real engine behind Portainer's double: what happens to services, tasks and
// their updates is Swarm's own.
namespace wavegate::contract {
namespace {

// Ends at once when it is told to.
constexpr auto* kWait = "trap 'exit 0' TERM\nwhile :; do sleep 1000 & wait; done\n";

/// One engine for the whole program.
testing::DockerServer* the_engine() {
    static const auto kEngine = [] {
        auto engine = testing::DockerServer::start();
        if (engine) {
            engine->make_image(kGoodImage, kWait);
            engine->make_image(
                kDiesWithJwtImage, std::string("[ \"$AUTH_TYPE\" != jwt ] || exit 1\n") + kWait);
        }
        return engine;
    }();
    return kEngine.get();
}

/// What an engine of its own never asks.
class NoContainers final : public sandbox::Containers {
  public:
    sandbox::StartPlan plan(const sandbox::ContainerSpec& /*spec*/) override { return {}; }
    void up(const sandbox::ContainerSpec& /*spec*/) override {}
    void down(const std::string& /*task_id*/) override {}
};

sandbox::PortainerSettings with_engine(bool asynchronous) {
    sandbox::PortainerSettings settings;
    settings.asynchronous = asynchronous;
    settings.engine = the_engine();
    return settings;
}

class RealSwarm final : public SwarmBackend {
  public:
    explicit RealSwarm(bool asynchronous)
        : portainer_(
              driver_->clock(),
              driver_->executor(),
              containers_,
              with_engine(asynchronous)) {
        wire_.at("portainer.arpa", portainer_);
    }
    testing::Driver& driver() override { return *driver_; }
    Transport& transport() override { return wire_; }
    [[nodiscard]] std::string cluster_id() override { return the_engine()->cluster_id(); }

  private:
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    NoContainers containers_;
    sandbox::Portainer portainer_;
    testing::SiteTransport wire_;
};

SwarmKind real(const char* name, bool asynchronous) {
    return {name, [asynchronous]() -> std::unique_ptr<SwarmBackend> {
                if (the_engine() == nullptr) {
                    return nullptr;
                }
                return std::make_unique<RealSwarm>(asynchronous);
            }};
}

INSTANTIATE_TEST_SUITE_P(
    Real,
    SwarmContract,
    ::testing::Values(real("a", false), real("b", true)),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Real,
    FleetLockContract,
    ::testing::Values(real("a", false)),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
