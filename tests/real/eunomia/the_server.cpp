#include "tests/real/eunomia/the_server.hpp"

#include "tests/contract/eunomia/backend.hpp"

namespace wavegate::contract {

testing::EunomiaServer* the_eunomia() {
    static const auto kServer = testing::EunomiaServer::start(kEunomiaKey);
    return kServer.get();
}

}  // namespace wavegate::contract
