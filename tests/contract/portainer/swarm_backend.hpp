#pragma once

#include "operator/backends/portainer/client.hpp"
#include "operator/backends/portainer/fleet_lock.hpp"
#include "tests/contract/portainer/rig.hpp"
#include "tests/support/driver.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace wavegate::contract {

/// The images that a backend must have; each does what its name says.
inline constexpr auto* kGoodImage = "wavegate/good:1";
inline constexpr auto* kDiesWithJwtImage = "wavegate/dies-with-jwt:1";

/// Portainer's double in front of a Swarm: the emulated one, or a real engine.
class SwarmBackend {
  public:
    virtual ~SwarmBackend() = default;
    virtual testing::Driver& driver() = 0;
    /// Carries requests for https://portainer.arpa.
    virtual Transport& transport() = 0;
    [[nodiscard]] virtual std::string cluster_id() = 0;
};

struct SwarmKind {
    std::string name;
    std::function<std::unique_ptr<SwarmBackend>()> make;
};
inline void PrintTo(const SwarmKind& kind, std::ostream* out) {
    *out << kind.name;
}

/// The fixture of the suite: stacks are made and watched through Portainer's API alone. Each test
/// has a stack of its own, which goes with it.
class SwarmContract : public ::testing::TestWithParam<SwarmKind> {
  protected:
    void SetUp() override;
    void TearDown() override;

    /// The compose file of one service "app": its image, lines of `environment`, keys of `deploy`.
    static std::string
    file(const std::string& image, const std::string& environment, const std::string& deploy = {});
    /// Creates the stack with `env`.
    void create(const std::string& compose, const sandbox::EnvList& env = {});
    Result<Receipt> change(std::optional<std::string> compose, std::vector<EnvChange> env = {});
    /// Until no deployment is under way (generation B).
    void settle();
    Result<Receipt> restart();
    HttpResponse raw(const std::string& method, const std::string& path, std::string body = {});

    StackView stack();
    SwarmService service();
    std::vector<SwarmTask> tasks();
    /// Tasks that run exactly what the service asks for.
    std::vector<std::string> converged();
    /// A variable of the service's spec, read past the client.
    std::string env(const std::string& key);
    /// Waits at most 40 s until `done`.
    bool eventually(const std::function<bool()>& done);
    bool reaches(UpdateState state);

    std::unique_ptr<SwarmBackend> backend_;
    std::unique_ptr<portainer::Client> client_;
    std::string name_;

  private:
    testing::FixedToken credentials_;
    int id_ = 0;
};

/// The same for the fleet's lock, each test with a lock of its own.
class FleetLockContract : public SwarmContract {
  protected:
    void SetUp() override;
    void TearDown() override;

    Result<std::optional<LockConfig>> read();
    LockConfig must_read();
    Result<void> create(const LockConfig::Labels& labels);
    Result<void> update(const LockConfig& seen, const LockConfig::Labels& labels);

    std::unique_ptr<portainer::LockClient> lock_;
    std::string config_;

  private:
    testing::FixedToken key_;
};

}  // namespace wavegate::contract
