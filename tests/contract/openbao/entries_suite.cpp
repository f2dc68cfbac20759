// What the client makes of the server's answers: reading, marking, writing under check-and-set.
#include "tests/contract/openbao/suite.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using Entries = OpenBaoSuite;

TEST_F(Entries, WhatWasNeverThereIsNoEntryAndNoError) {
    const auto seen = read();
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_FALSE(seen->has_value());
}

TEST_F(Entries, AreMarkedBeforeTheirFirstData) {
    const auto done = apply(oidc_entry());
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->edit, "edit-1");
    EXPECT_EQ(done->digest_after, "1");
    const auto found = metadata(kEntry);
    EXPECT_EQ(found.at("custom_metadata"), (json::object{{"wavegate_owner", "homelab"}}));
    EXPECT_EQ(found.at("current_metadata_version").as_int64(), 1);
    EXPECT_EQ(
        values(kEntry),
        (json::object{{"OIDC_CLIENT_ID", "mcp-multiplexer"}, {"OIDC_CLIENT_SECRET", "s3cret"}}));
}

TEST_F(Entries, AreReadBackAsTheyWereWritten) {
    ASSERT_TRUE(apply(oidc_entry()));
    const auto seen = read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 1U);
    EXPECT_EQ((*seen)->metadata_version, 1U);
    EXPECT_EQ((*seen)->custom_metadata.at("wavegate_owner"), "homelab");
    EXPECT_EQ(*(*seen)->data.at("OIDC_CLIENT_SECRET"), Secret::copy_of("s3cret"));
}

TEST_F(Entries, KeepEveryCharacterOfASecretAndOfAPath) {
    auto edit = oidc_entry();
    edit.path = "fleet/ä b/100%+?#";
    const std::string awkward = "\"\\/\b\n\t é 漢 <&> %s";
    edit.data["K"] = make_secret(std::string(awkward));
    const auto done = apply(edit);
    ASSERT_TRUE(done) << done.error().message();
    const auto seen = read(edit.path);
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ(*(*seen)->data.at("K"), Secret::copy_of(awkward));
    EXPECT_EQ(data("LIST", "KV/metadata/fleet").at("keys"), (json::array{"ä b/"}));
}

TEST_F(Entries, OtherJsonThanTextIsItsOwnText) {
    put(kEntry, R"({"port":8080,"on":true,"nested":{"a":[1]},"none":null})");
    const auto seen = read();
    ASSERT_TRUE(seen && *seen);
    const auto& read_back = (*seen)->data;
    EXPECT_EQ(*read_back.at("port"), Secret::copy_of("8080"));
    EXPECT_EQ(*read_back.at("on"), Secret::copy_of("true"));
    EXPECT_EQ(*read_back.at("nested"), Secret::copy_of(R"({"a":[1]})"));
    EXPECT_EQ(*read_back.at("none"), Secret::copy_of("null"));
}

TEST_F(Entries, KeepWhatOthersPutThereWhateverItsType) {
    mark(kEntry, R"({"wavegate_owner":"homelab"})");
    put(kEntry,
        R"({"port":8080,"on":true,"nested":{"a":[1,"}"]},"none":null,"word":"x","OIDC_CLIENT_ID":"old"})");
    const auto seen = read();
    ASSERT_TRUE(seen && *seen);
    auto edit = oidc_entry();
    edit.mark_first = false;
    edit.cas = (*seen)->version;
    for (const auto& [key, value] : (*seen)->data) {
        edit.data.try_emplace(key, value);
    }
    const auto done = apply(edit, *seen);
    ASSERT_TRUE(done) << done.error().message();
    auto expected =
        json::parse(R"({"port":8080,"on":true,"nested":{"a":[1,"}"]},"none":null,"word":"x"})");
    expected.as_object()["OIDC_CLIENT_ID"] = "mcp-multiplexer";
    expected.as_object()["OIDC_CLIENT_SECRET"] = "s3cret";
    EXPECT_EQ(values(kEntry), expected);

    put(kEntry, R"({"port":8081})");
    const auto late = apply(edit, *seen);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(late.error().effect(), Effect::None);
}

TEST_F(Entries, AMarkWithoutDataIsVersionZeroAndCanBeFilled) {
    mark(kEntry, R"({"wavegate_owner":"homelab"})");
    const auto seen = read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 0U);
    EXPECT_EQ((*seen)->metadata_version, 1U);
    EXPECT_TRUE((*seen)->data.empty());
    auto edit = oidc_entry();
    edit.mark_first = false;
    EXPECT_TRUE(apply(edit)) << "a crash between mark and data is finished by the next pass";
}

TEST_F(Entries, AMarkKeepsTheMarksOfOthers) {
    mark(kEntry, R"({"team":"blue"})");
    const auto seen = read();
    ASSERT_TRUE(apply(oidc_entry(), *seen));
    EXPECT_EQ(
        metadata(kEntry).at("custom_metadata"),
        (json::object{{"team", "blue"}, {"wavegate_owner", "homelab"}}));
}

TEST_F(Entries, MarkedByAnotherMeanwhileAreAConflictAndNothingIsWritten) {
    mark(kEntry, R"({"wavegate_owner":"other"})");
    const auto done = apply(oidc_entry());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(version(kEntry), 0);
    EXPECT_EQ(metadata(kEntry).at("current_metadata_version").as_int64(), 1);
}

TEST_F(Entries, ThatMovedOnAreAConflictAndStayAsTheyAre) {
    ASSERT_TRUE(apply(oidc_entry()));
    put(kEntry, R"({"by":"hand"})");
    const auto done = apply(oidc_entry(1));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(values(kEntry), (json::object{{"by", "hand"}}));
}

TEST_F(Entries, WrittenTwiceAreAConflictNotASecondVersion) {
    ASSERT_TRUE(apply(oidc_entry()));
    ASSERT_TRUE(apply(oidc_entry(1)));
    EXPECT_EQ(apply(oidc_entry(1)).error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(version(kEntry), 2);
}

TEST_F(Entries, AConflictAfterTheMarkMayHaveChangedSomething) {
    put(kEntry, "{}");
    const auto done = apply(oidc_entry());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::Maybe) << "the mark is there";
    EXPECT_EQ(
        metadata(kEntry).at("custom_metadata"), (json::object{{"wavegate_owner", "homelab"}}));
}

TEST_F(Entries, KeepTheirCounterOverASoftDelete) {
    ASSERT_TRUE(apply(oidc_entry()));
    ASSERT_EQ(raw("DELETE", std::string("KV/data/") + kEntry).status, 204);
    const auto seen = read();
    ASSERT_TRUE(seen && *seen) << seen.error().message();
    EXPECT_TRUE((*seen)->deleted);
    EXPECT_TRUE((*seen)->data.empty());
    EXPECT_EQ((*seen)->version, 1U);
    EXPECT_EQ((*seen)->custom_metadata.at("wavegate_owner"), "homelab");
    auto fresh = oidc_entry();
    fresh.mark_first = false;
    EXPECT_EQ(apply(fresh).error().kind(), ErrorKind::Conflict);
    EXPECT_TRUE(apply(oidc_entry(1)));
    EXPECT_EQ(version(kEntry), 2);
}

TEST_F(Entries, DestroyedAreDeletedToo) {
    ASSERT_TRUE(apply(oidc_entry()));
    ASSERT_EQ(raw("POST", std::string("KV/destroy/") + kEntry, R"({"versions":[1]})").status, 204);
    const auto seen = read();
    ASSERT_TRUE(seen && *seen) << seen.error().message();
    EXPECT_TRUE((*seen)->deleted);
    EXPECT_EQ((*seen)->version, 1U);
}

TEST_F(Entries, ErasedBeginAnew) {
    ASSERT_TRUE(apply(oidc_entry()));
    ASSERT_EQ(raw("DELETE", std::string("KV/metadata/") + kEntry).status, 204);
    const auto seen = read();
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->has_value());
    EXPECT_TRUE(apply(oidc_entry()));
    EXPECT_EQ(version(kEntry), 1);
}

TEST_F(Entries, WrittenAsNullHaveNoValues) {
    put(kEntry, "null");
    const auto seen = read();
    ASSERT_TRUE(seen && *seen) << seen.error().message();
    EXPECT_EQ((*seen)->version, 1U);
    EXPECT_TRUE((*seen)->data.empty());
    EXPECT_FALSE((*seen)->deleted);
}

TEST_F(Entries, OfAV1MountAreRefusedBeforeAnythingIsWritten) {
    use(backend_->root());
    client_ = connect(backend_->v1_mount());
    EXPECT_EQ(read().error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(apply(oidc_entry()).error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(raw("LIST", "KV1/").status, 404) << "nothing is there";
}

TEST_F(Entries, OfAMountThatIsNotThereAreDeniedAsTheServerDoesNotSay) {
    use(backend_->root());
    client_ = connect("nowhere");
    const auto seen = read();
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(seen.error().status(), 403);
}

TEST_F(Entries, OfASealedServerAreUnavailableAndNothingWasWritten) {
    ASSERT_TRUE(read());
    backend_->seal();
    EXPECT_EQ(read().error().kind(), ErrorKind::Unavailable);
    const auto done = apply(oidc_entry());
    backend_->unseal();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(done.error().status(), 503);
    EXPECT_THAT(done.error().message(), HasSubstr("sealed"));
    EXPECT_TRUE(apply(oidc_entry()));
}

}  // namespace
}  // namespace wavegate::testing
