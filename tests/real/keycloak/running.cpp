#include "tests/real/keycloak/running.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace wavegate::testing {
namespace {

std::unique_ptr<KeycloakServer> server;

class StopAtTheEnd final : public ::testing::Environment {
  public:
    void TearDown() override { server.reset(); }
};
const auto* const kStop = ::testing::AddGlobalTestEnvironment(new StopAtTheEnd);

}  // namespace

KeycloakServer* running_keycloak() {
    if (!installed("keycloak")) {
        return nullptr;
    }
    if (!server) {
        server = std::make_unique<KeycloakServer>();
        if (!server->start()) {
            throw std::runtime_error("keycloak did not start");
        }
    }
    return server.get();
}

}  // namespace wavegate::testing
