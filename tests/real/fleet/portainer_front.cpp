#include "tests/real/fleet/portainer_front.hpp"

namespace wavegate::testing {

PortainerFront::PortainerFront(DockerServer& engine)
    : portainer_(driver_->clock(), driver_->executor(), containers_, settings(engine)),
      server_(*driver_, portainer_) {}

PortainerFront::~PortainerFront() {
    ending_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void PortainerFront::serve() {
    thread_ = std::thread([this] {
        while (!ending_) {
            driver_->run_until([this] { return ending_.load(); });
        }
    });
}

sandbox::PortainerSettings PortainerFront::settings(DockerServer& engine) {
    sandbox::PortainerSettings settings;
    settings.api_key = api_key();
    settings.environment = "swarm";
    settings.engine = &engine;
    return settings;
}

}  // namespace wavegate::testing
