#include "operator/settings/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::settings {
namespace {

using ::testing::HasSubstr;

Result<void> listening(const std::string& address, const std::string& token = {}) {
    Config config;
    config.listen = address;
    config.token.text = token;
    return may_listen(config);
}

TEST(Listener, IsOpenToThisMachineWithoutAToken) {
    for (const auto* address : {"127.0.0.1:8080", "127.0.0.2:1", "[::1]:8080", "localhost:8080"}) {
        EXPECT_TRUE(listening(address)) << address;
    }
}

TEST(Listener, IsOpenToOthersOnlyWithATokenSet) {
    for (const auto* address : {"0.0.0.0:8080", "[::]:8080", "10.0.0.5:8080", "fleet.arpa:8080"}) {
        const auto refused = listening(address);
        ASSERT_FALSE(refused) << address;
        EXPECT_THAT(
            refused.error().message(), HasSubstr("tokenRef: \"file:/run/secrets/wavegate\""));
        EXPECT_TRUE(listening(address, "env:API")) << address;
    }
}

}  // namespace
}  // namespace wavegate::settings
