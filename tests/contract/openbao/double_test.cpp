#include "tests/contract/openbao/bench.hpp"
#include "tests/support/tape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

using sandbox::BaoState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> paths(const sandbox::OpenBao& site) {
    std::vector<std::string> all;
    for (const auto& write : site.writes()) {
        all.push_back(write.path);
    }
    return all;
}

// Beside the *_suite.cpp, which hold for the real server too: what needs a fault, a scripted answer
// or a look behind the server.
class OpenBaoContract : public ::testing::Test {
  protected:
    OpenBaoBench bench_;
};

TEST_F(OpenBaoContract, MarksAnEntryBeforeItsFirstData) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    EXPECT_THAT(
        paths(bench_.site),
        ElementsAre(
            "kv/metadata/fleet/mcp-multiplexer/oidc", "kv/data/fleet/mcp-multiplexer/oidc"));
}

TEST_F(OpenBaoContract, ReadingCostsTwoRequestsOnceTheMountIsKnown) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    const auto before = bench_.transport.sent();
    ASSERT_TRUE(bench_.read());
    EXPECT_EQ(bench_.transport.sent() - before, 2U);
}

TEST_F(OpenBaoContract, AStandbyWhoseLeaderIsGoneStillReadsAndDoesNotWrite) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    bench_.site.set_state(BaoState::Standby);
    bench_.site.set_dead_leader("http://openbao-2.test:8200");
    EXPECT_TRUE(bench_.read());
    const auto done = bench_.apply(wanted_entry(1));
    EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(done.error().effect(), Effect::None);
}

TEST_F(OpenBaoContract, AQuotaIsThrottling) {
    bench_.site.set_throttled(true);
    EXPECT_EQ(bench_.read().error().kind(), ErrorKind::Throttled);
}

TEST_F(OpenBaoContract, ALostAnswerToAWriteIsMaybeAndTheWriteIsNotRepeated) {
    testing::Tape tape;
    openbao::Client client(tape, bench_.credentials, bench_.sim.clock, bao_spec());
    tape.play(HttpResponse(200, R"({"data":{"type":"kv","options":{"version":"2"}}})"));
    tape.fail(Error(ErrorKind::Unavailable, "cut", Effect::Maybe));
    const auto done = bench_.sim.run(client.apply(entry_permit(wanted_entry())));
    EXPECT_EQ(done.error().effect(), Effect::Maybe);
    EXPECT_EQ(tape.asked().size(), 2U);
}

TEST_F(OpenBaoContract, AFailureInFrontOfTheServerMayHaveChangedSomething) {
    testing::Tape tape;
    openbao::Client client(tape, bench_.credentials, bench_.sim.clock, bao_spec());
    tape.play(HttpResponse(200, R"({"data":{"type":"kv","options":{"version":"2"}}})"));
    tape.play(HttpResponse(503, "<html>busy</html>"));
    const auto done = bench_.sim.run(client.apply(entry_permit(wanted_entry())));
    EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(done.error().effect(), Effect::Maybe);
}

TEST_F(OpenBaoContract, AnAnswerThatIsNoJsonIsAProtocolErrorAndIsNotQuoted) {
    testing::Tape tape;
    openbao::Client client(tape, bench_.credentials, bench_.sim.clock, bao_spec());
    tape.play(HttpResponse(200, "<html>s3cret page</html>"));
    const auto seen = bench_.sim.run(client.read(kPath));
    EXPECT_EQ(seen.error().kind(), ErrorKind::Protocol);
    EXPECT_THAT(seen.error().message(), Not(HasSubstr("s3cret")));
}

TEST_F(OpenBaoContract, A404ThatIsNotTheServersOwnIsNoAbsence) {
    testing::Tape tape;
    openbao::Client client(tape, bench_.credentials, bench_.sim.clock, bao_spec());
    tape.play(HttpResponse(200, R"({"data":{"type":"kv","options":{"version":"2"}}})"));
    tape.play(HttpResponse(404, "404 page not found"));
    EXPECT_EQ(bench_.sim.run(client.read(kPath)).error().kind(), ErrorKind::NotFound);
}

}  // namespace
}  // namespace wavegate
