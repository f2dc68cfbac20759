#include "tests/real/support/openbao_server.hpp"

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

TEST(RestartedOpenBao, HasItsEntriesAfterACrashOnceItIsUnsealed) {
    if (!installed("openbao")) {
        GTEST_SKIP() << "skipped: openbao not installable here";
    }
    OpenBaoServer server(OpenBaoServer::Storage::Raft);
    ASSERT_TRUE(server.start());
    const boost::json::object mount{{"type", "kv"}, {"options", {{"version", "1"}}}};
    ASSERT_EQ(server.as_root("POST", "sys/mounts/old", mount).status, 204);
    ASSERT_EQ(server.as_root("POST", "old/a", {{"k", "1"}}).status, 204);
    server.kill();
    EXPECT_EQ(server.as_root("GET", "old/a").status, 0) << "nobody answers";
    ASSERT_TRUE(server.start());
    EXPECT_EQ(body_of(server.as_root("GET", "old/a")).at_pointer("/data/k"), "1");
}

}  // namespace
}  // namespace wavegate::testing
