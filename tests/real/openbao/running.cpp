#include "tests/real/openbao/running.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace wavegate::testing {
namespace {

std::unique_ptr<OpenBaoServer> server;

class StopAtTheEnd final : public ::testing::Environment {
  public:
    void TearDown() override { server.reset(); }
};
const auto* const kStop = ::testing::AddGlobalTestEnvironment(new StopAtTheEnd);

}  // namespace

OpenBaoServer* running_openbao() {
    if (!installed("openbao")) {
        return nullptr;
    }
    if (!server) {
        const char* storage = std::getenv("WAVEGATE_BAO_STORAGE");
        const bool dev = storage != nullptr && std::string_view(storage) == "dev";
        server = std::make_unique<OpenBaoServer>(
            dev ? OpenBaoServer::Storage::Dev : OpenBaoServer::Storage::Raft);
        if (!server->start()) {
            throw std::runtime_error("openbao did not start");
        }
    }
    return server.get();
}

}  // namespace wavegate::testing
