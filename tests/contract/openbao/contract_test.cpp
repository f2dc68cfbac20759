#include "tests/contract/openbao/bench.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/tape.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using sandbox::BaoState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::vector<std::string> paths(const sandbox::OpenBao& site) {
    std::vector<std::string> all;
    for (const auto& write : site.writes()) {
        all.push_back(write.path);
    }
    return all;
}

class OpenBaoContract : public ::testing::Test {
  protected:
    OpenBaoBench bench_;
};

TEST_F(OpenBaoContract, WhatWasNeverThereIsNoEntryAndNoError) {
    const auto seen = bench_.read();
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_FALSE(seen->has_value());
}

TEST_F(OpenBaoContract, MarksAnEntryBeforeItsFirstData) {
    const auto done = bench_.apply(wanted_entry());
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->edit, "edit-1");
    EXPECT_EQ(done->digest_after, "1");
    EXPECT_THAT(
        paths(bench_.site),
        ElementsAre(
            "kv/metadata/fleet/mcp-multiplexer/oidc", "kv/data/fleet/mcp-multiplexer/oidc"));
    EXPECT_THAT(
        bench_.site.entry(kPath)->custom_metadata, ElementsAre(Pair("wavegate_owner", "homelab")));
    EXPECT_THAT(
        bench_.site.values(kPath),
        UnorderedElementsAre(
            Pair("OIDC_CLIENT_ID", "mcp-multiplexer"), Pair("OIDC_CLIENT_SECRET", "s3cret")));
}

TEST_F(OpenBaoContract, ReadsBackWhatItWrote) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    const auto seen = bench_.read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 1U);
    EXPECT_EQ((*seen)->custom_metadata.at("wavegate_owner"), "homelab");
    EXPECT_EQ(*(*seen)->data.at("OIDC_CLIENT_SECRET"), Secret::copy_of("s3cret"));
}

TEST_F(OpenBaoContract, ReadingCostsTwoRequestsOnceTheMountIsKnown) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    const auto before = bench_.transport.sent();
    ASSERT_TRUE(bench_.read());
    EXPECT_EQ(bench_.transport.sent() - before, 2U);
}

TEST_F(OpenBaoContract, AMarkWithoutDataIsAnEntryOfVersionZero) {
    bench_.site.mark(kPath, {{"wavegate_owner", "homelab"}});
    const auto seen = bench_.read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 0U);
    EXPECT_EQ((*seen)->metadata_version, 1U);
    EXPECT_TRUE((*seen)->data.empty());
    auto edit = wanted_entry();
    edit.mark_first = false;
    EXPECT_TRUE(bench_.apply(edit)) << "a crash between mark and data is finished by the next pass";
}

TEST_F(OpenBaoContract, AMarkKeepsTheMarksOfOthers) {
    bench_.site.mark(kPath, {{"team", "blue"}});
    const auto seen = bench_.read();
    ASSERT_TRUE(bench_.apply(wanted_entry(), *seen));
    EXPECT_THAT(
        bench_.site.entry(kPath)->custom_metadata,
        ElementsAre(Pair("team", "blue"), Pair("wavegate_owner", "homelab")));
}

TEST_F(OpenBaoContract, AMarkOnAnEntryThatSomebodyMarkedMeanwhileIsAConflict) {
    bench_.site.mark(kPath, {{"wavegate_owner", "other"}});
    const auto done = bench_.apply(wanted_entry());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_TRUE(bench_.site.writes().empty());
}

TEST_F(OpenBaoContract, AnEntryThatMovedOnIsAConflictAndStaysAsItIs) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    bench_.site.put(kPath, {{"by", "hand"}});
    const auto done = bench_.apply(wanted_entry(1));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_THAT(bench_.site.values(kPath), ElementsAre(Pair("by", "hand")));
}

TEST_F(OpenBaoContract, ARepeatedWriteIsAConflictNotASecondVersion) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    ASSERT_TRUE(bench_.apply(wanted_entry(1)));
    EXPECT_EQ(bench_.apply(wanted_entry(1)).error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(bench_.site.entry(kPath)->current_version, 2U);
}

TEST_F(OpenBaoContract, AConflictAfterTheMarkMayHaveChangedSomething) {
    bench_.site.put(kPath, {});
    auto edit = wanted_entry();
    const auto done = bench_.apply(edit);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::Maybe) << "the mark is there";
}

TEST_F(OpenBaoContract, TheCounterSurvivesASoftDelete) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    bench_.site.soft_delete(kPath);
    const auto seen = bench_.read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_TRUE((*seen)->deleted);
    EXPECT_TRUE((*seen)->data.empty());
    EXPECT_EQ((*seen)->version, 1U);
    EXPECT_EQ((*seen)->custom_metadata.at("wavegate_owner"), "homelab");
    auto fresh = wanted_entry();
    fresh.mark_first = false;
    EXPECT_EQ(bench_.apply(fresh).error().kind(), ErrorKind::Conflict);
    EXPECT_TRUE(bench_.apply(wanted_entry(1)));
    EXPECT_EQ(bench_.site.entry(kPath)->current_version, 2U);
}

TEST_F(OpenBaoContract, ErasedMetadataResetsTheCounter) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    bench_.site.erase(kPath);
    const auto seen = bench_.read();
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->has_value());
    EXPECT_TRUE(bench_.apply(wanted_entry()));
}

TEST_F(OpenBaoContract, DataWrittenAsNullIsAnEntryWithoutValues) {
    bench_.raw("POST", std::string("kv/data/") + kPath, R"({"data":null})");
    const auto seen = bench_.read();
    ASSERT_TRUE(seen && *seen) << seen.error().message();
    EXPECT_EQ((*seen)->version, 1U);
    EXPECT_TRUE((*seen)->data.empty());
    EXPECT_FALSE((*seen)->deleted);
}

TEST_F(OpenBaoContract, AV1MountIsRefusedBeforeAnythingIsWritten) {
    bench_.credentials.set("file:/bao", "root");
    openbao::Client client(bench_.transport, bench_.credentials, bench_.sim.clock, bao_spec("kv1"));
    EXPECT_EQ(bench_.sim.run(client.read(kPath)).error().kind(), ErrorKind::Invalid);
    Edit edit;
    edit.body = wanted_entry();
    const auto done = bench_.sim.run(client.apply(guard::Judge::sign(std::move(edit), Live())));
    EXPECT_EQ(done.error().kind(), ErrorKind::Invalid);
    EXPECT_TRUE(bench_.site.v1_entries().empty());
}

TEST_F(OpenBaoContract, ASealedServerIsUnavailableAndNothingWasWritten) {
    ASSERT_TRUE(bench_.read());
    bench_.site.set_state(BaoState::Sealed);
    EXPECT_EQ(bench_.read().error().kind(), ErrorKind::Unavailable);
    const auto done = bench_.apply(wanted_entry());
    EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(done.error().status(), 503);
    bench_.site.set_state(BaoState::Active);
    EXPECT_TRUE(bench_.apply(wanted_entry()));
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

TEST_F(OpenBaoContract, AWrongAnExpiredAndARevokedTokenAreDeniedAsSuch) {
    bench_.credentials.set("file:/bao", "s.wrong");
    EXPECT_THAT(bench_.read().error().message(), HasSubstr("token is missing, wrong or expired"));
    sandbox::BaoToken leased;
    leased.rules = sandbox::operator_policy("kv", "fleet");
    leased.ttl = 1h;
    bench_.site.add_token("s.leased", leased);
    bench_.credentials.set("file:/bao", "s.leased");
    EXPECT_TRUE(bench_.read());
    bench_.sim.advance(61min);
    EXPECT_EQ(bench_.read().error().kind(), ErrorKind::Denied);
    bench_.site.add_token("s.leased", leased);
    EXPECT_TRUE(bench_.read());
    bench_.site.revoke_token("s.leased");
    EXPECT_EQ(bench_.read().error().kind(), ErrorKind::Denied);
}

TEST_F(OpenBaoContract, ANewTokenCountsAtOnce) {
    bench_.credentials.set("file:/bao", "s.wrong");
    EXPECT_FALSE(bench_.read());
    bench_.credentials.set("file:/bao", kToken);
    EXPECT_TRUE(bench_.read());
    EXPECT_THAT(
        bench_.credentials.asked(),
        ::testing::Each(std::string("file:/bao for openbao.test:8200")));
}

TEST_F(OpenBaoContract, AFolderOutsideThePolicyIsDeniedForThePolicy) {
    const auto seen = bench_.read("elsewhere/x");
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("policy does not allow"));
}

TEST_F(OpenBaoContract, AReaderMayNotWriteAndTheEntryStays) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    sandbox::BaoToken reader;
    reader.name = "reader";
    reader.rules = {{"kv/data/fleet/*", {"read"}}, {"kv/metadata/fleet/*", {"read"}}};
    bench_.site.add_token("s.reader", std::move(reader));
    bench_.credentials.set("file:/bao", "s.reader");
    EXPECT_TRUE(bench_.read());
    const auto done = bench_.apply(wanted_entry(1));
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(bench_.site.entry(kPath)->current_version, 1U);
}

TEST_F(OpenBaoContract, WithoutTheRightToDetailsTheDocumentedPolicyIsEnough) {
    ASSERT_TRUE(bench_.apply(wanted_entry()));
    ASSERT_TRUE(bench_.apply(wanted_entry(1)));
    const auto seen = bench_.read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 2U);
}

TEST_F(OpenBaoContract, ALostAnswerToAWriteIsMaybeAndTheWriteIsNotRepeated) {
    testing::Tape tape;
    openbao::Client client(tape, bench_.credentials, bench_.sim.clock, bao_spec());
    tape.play(HttpResponse(200, R"({"data":{"type":"kv","options":{"version":"2"}}})"));
    tape.fail(Error(ErrorKind::Unavailable, "cut", Effect::Maybe));
    Edit edit;
    edit.body = wanted_entry();
    const auto done = bench_.sim.run(client.apply(guard::Judge::sign(std::move(edit), Live())));
    EXPECT_EQ(done.error().effect(), Effect::Maybe);
    EXPECT_EQ(tape.asked().size(), 2U);
}

TEST_F(OpenBaoContract, AFailureInFrontOfTheServerMayHaveChangedSomething) {
    testing::Tape tape;
    openbao::Client client(tape, bench_.credentials, bench_.sim.clock, bao_spec());
    tape.play(HttpResponse(200, R"({"data":{"type":"kv","options":{"version":"2"}}})"));
    tape.play(HttpResponse(503, "<html>busy</html>"));
    Edit edit;
    edit.body = wanted_entry();
    const auto done = bench_.sim.run(client.apply(guard::Judge::sign(std::move(edit), Live())));
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

// What the double itself is strict about.
TEST_F(OpenBaoContract, TheDoubleUndeletesAndDestroysVersions) {
    bench_.site.put("fleet/a", {{"k", "1"}});
    bench_.site.put("fleet/a", {{"k", "2"}});
    EXPECT_EQ(bench_.raw("POST", "kv/delete/fleet/a", R"({"versions":[1,2]})").status, 204);
    EXPECT_EQ(bench_.raw("GET", "kv/data/fleet/a").status, 404);
    EXPECT_EQ(bench_.raw("POST", "kv/undelete/fleet/a", R"({"versions":[2]})").status, 204);
    EXPECT_EQ(bench_.raw("GET", "kv/data/fleet/a").status, 200);
    EXPECT_EQ(bench_.raw("POST", "kv/destroy/fleet/a", R"({"versions":[2]})").status, 204);
    EXPECT_EQ(bench_.raw("POST", "kv/undelete/fleet/a", R"({"versions":[2]})").status, 204);
    EXPECT_EQ(bench_.raw("GET", "kv/data/fleet/a").status, 404) << "destroyed is for good";
    EXPECT_EQ(bench_.raw("GET", "kv/data/fleet/a?version=1").status, 404);
    EXPECT_EQ(bench_.raw("POST", "kv/destroy/fleet/none", R"({"versions":[1]})").status, 204);
    EXPECT_EQ(bench_.raw("POST", "kv/destroy/fleet/a", R"({"versions":[]})").status, 400);
}

TEST_F(OpenBaoContract, TheDoubleKeepsTenVersionsOrAsManyAsTheKeySays) {
    for (int i = 0; i < 12; ++i) {
        bench_.site.put("fleet/a", {});
    }
    EXPECT_EQ(bench_.site.entry("fleet/a")->versions.size(), 10U);
    EXPECT_EQ(bench_.site.entry("fleet/a")->oldest_version, 3U);
    EXPECT_EQ(bench_.raw("GET", "kv/data/fleet/a?version=1").status, 404);
    bench_.raw("POST", "kv/metadata/fleet/a", R"({"max_versions":2})");
    bench_.site.put("fleet/a", {});
    EXPECT_EQ(bench_.site.entry("fleet/a")->versions.size(), 2U);
}

TEST_F(OpenBaoContract, TheDoubleMergesPatchesAndMinds) {
    constexpr const char* kType = "application/merge-patch+json";
    bench_.site.put("fleet/a", {{"keep", "1"}, {"drop", "2"}});
    const std::string patch = R"({"data":{"drop":null,"add":"3"}})";
    EXPECT_EQ(bench_.raw("PATCH", "kv/data/fleet/a", patch).status, 415);
    EXPECT_EQ(bench_.raw("PATCH", "kv/data/fleet/a", patch, "root", kType).status, 200);
    EXPECT_THAT(bench_.site.values("fleet/a"), ElementsAre(Pair("add", "3"), Pair("keep", "1")));
    bench_.site.mark("fleet/a", {{"x", "1"}});
    bench_.raw("PATCH", "kv/metadata/fleet/a", R"({"custom_metadata":{"y":"2"}})", "root", kType);
    EXPECT_EQ(bench_.site.entry("fleet/a")->custom_metadata.size(), 2U);
    bench_.raw("POST", "kv/metadata/fleet/a", R"({"custom_metadata":{"z":"3"}})");
    EXPECT_THAT(bench_.site.entry("fleet/a")->custom_metadata, ElementsAre(Pair("z", "3")));
    EXPECT_EQ(
        bench_.raw("POST", "kv/metadata/fleet/a", R"({"custom_metadata":{"z":""}})").status, 400);
}

TEST_F(OpenBaoContract, TheDoubleTellsCreateFromUpdate) {
    sandbox::BaoToken token;
    token.rules = {{"kv/data/fleet/*", {"create"}}};
    bench_.site.add_token("s.creator", std::move(token));
    const std::string body = R"({"data":{"a":"1"}})";
    EXPECT_EQ(bench_.raw("POST", "kv/data/fleet/a", body, "s.creator").status, 200);
    EXPECT_EQ(bench_.raw("POST", "kv/data/fleet/a", body, "s.creator").status, 403);
    bench_.site.mark("fleet/b", {});
    EXPECT_EQ(bench_.raw("POST", "kv/data/fleet/b", body, "s.creator").status, 403)
        << "metadata is there already";
}

TEST_F(OpenBaoContract, TheDoubleFallsForV2CallsToAV1Mount) {
    EXPECT_EQ(bench_.raw("POST", "kv1/data/x", R"({"data":{"a":"1"}})").status, 204);
    EXPECT_TRUE(bench_.site.v1_entries().contains("data/x"));
    EXPECT_EQ(bench_.raw("POST", "kv1/x", "").status, 400);
    EXPECT_EQ(bench_.raw("DELETE", "kv1/x").status, 204);
    EXPECT_EQ(bench_.raw("GET", "kv1/x").status, 404);
}

TEST_F(OpenBaoContract, TheDoubleRenewsATokenForItsTermOrForLonger) {
    sandbox::BaoToken leased;
    leased.name = "leased";
    leased.ttl = 1h;
    bench_.site.add_token("s.leased", leased);
    bench_.sim.advance(50min);
    EXPECT_EQ(bench_.raw("POST", "auth/token/renew-self", "", "s.leased").status, 200);
    bench_.sim.advance(50min);
    EXPECT_EQ(bench_.raw("GET", "auth/token/lookup-self", "", "s.leased").status, 200);
    bench_.raw("POST", "auth/token/renew-self", R"({"increment":"2h"})", "s.leased");
    bench_.sim.advance(119min);
    EXPECT_EQ(bench_.raw("GET", "auth/token/lookup-self", "", "s.leased").status, 200);
    bench_.sim.advance(2min);
    EXPECT_EQ(bench_.raw("GET", "auth/token/lookup-self", "", "s.leased").status, 403);
}

}  // namespace
}  // namespace wavegate
