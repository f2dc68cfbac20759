#pragma once

#include "operator/sandbox/portainer/portainer.hpp"
#include "tests/real/support/docker_server.hpp"
#include "tests/real/support/site_server.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace wavegate::testing {

/// Portainer's double in front of a real engine, on a loopback port. It answers on a thread of its
/// own, whatever the test waits for meanwhile.
class PortainerFront {
  public:
    explicit PortainerFront(DockerServer& engine);
    ~PortainerFront();
    PortainerFront(const PortainerFront&) = delete;
    PortainerFront& operator=(const PortainerFront&) = delete;

    /// To set it up, before `serve`.
    sandbox::Portainer& portainer() { return portainer_; }
    void serve();

    [[nodiscard]] std::string url() const { return server_.url(); }
    /// As its administrator.
    [[nodiscard]] static const char* api_key() { return "ptr_whole_fleet"; }

  private:
    static sandbox::PortainerSettings settings(DockerServer& engine);

    /// What an engine of its own never asks.
    class NoContainers final : public sandbox::Containers {
      public:
        sandbox::StartPlan plan(const sandbox::ContainerSpec& /*spec*/) override { return {}; }
        void up(const sandbox::ContainerSpec& /*spec*/) override {}
        void down(const std::string& /*task_id*/) override {}
    };

    std::unique_ptr<Driver> driver_ = live_driver();
    NoContainers containers_;
    sandbox::Portainer portainer_;
    SiteServer server_;
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

}  // namespace wavegate::testing
