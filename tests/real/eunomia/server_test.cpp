#include "operator/net/curl_transport.hpp"
#include "tests/contract/eunomia/backend.hpp"
#include "tests/real/eunomia/the_server.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

// The suite against Eunomia itself, and what only a server with a disk can show.
namespace wavegate::contract {
namespace {

class RealEunomia final : public EunomiaBackend {
  public:
    testing::Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return the_eunomia()->url(); }

  private:
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    net::CurlTransport transport_{driver_->executor()};
};

const EunomiaKind kReal{"eunomia", []() -> std::unique_ptr<EunomiaBackend> {
                            return the_eunomia() == nullptr ? nullptr
                                                            : std::make_unique<RealEunomia>();
                        }};

INSTANTIATE_TEST_SUITE_P(
    Real,
    EunomiaContract,
    ::testing::Values(kReal),
    ::testing::PrintToStringParamName());

class EunomiaDatabase : public EunomiaContract {};
INSTANTIATE_TEST_SUITE_P(
    Real,
    EunomiaDatabase,
    ::testing::Values(kReal),
    ::testing::PrintToStringParamName());

std::vector<Policy> several() {
    std::vector<Policy> policies;
    for (int i = 0; i < 8; ++i) {
        policies.push_back(baseline());
        policies.back().name = "p" + std::to_string(i * 7 % 8);
    }
    return policies;
}

TEST_P(EunomiaDatabase, ACrashLosesNoPolicyAndKeepsTheirOrder) {
    for (const auto& policy : several()) {
        ASSERT_TRUE(create(policy));
    }
    the_eunomia()->kill();
    auto client = client_with("env:KEY");
    const auto none = backend_->driver().run(client.list());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind(), ErrorKind::Unavailable);
    the_eunomia()->start_again();
    EXPECT_EQ(list(), several());
    EXPECT_EQ(ask(both_actions("agent:mcp-multiplexer")), (std::vector<bool>{true, true}));
}

TEST_P(EunomiaDatabase, AStopAndAStartLoseNothingEither) {
    ASSERT_TRUE(create(baseline()));
    the_eunomia()->stop();
    the_eunomia()->start_again();
    EXPECT_EQ(list(), std::vector<Policy>{baseline()});
}

}  // namespace
}  // namespace wavegate::contract
