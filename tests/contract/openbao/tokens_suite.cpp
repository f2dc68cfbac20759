// Wrong, expired, revoked and least-privileged tokens.
#include "tests/contract/openbao/suite.hpp"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class Tokens : public OpenBaoSuite {
  protected:
    TokenWish leased(Duration ttl) const {
        TokenWish wish;
        wish.rules = sandbox::operator_policy(backend_->mount(), "fleet");
        wish.ttl = ttl;
        return wish;
    }
    std::string only(const std::string& path, std::set<std::string> capabilities) {
        TokenWish wish;
        wish.rules = {{below(path), std::move(capabilities)}};
        return backend_->issue(wish);
    }
    int status(const std::string& token) {
        return raw("GET", "auth/token/lookup-self", {}, token).status;
    }
};

TEST_F(Tokens, ThatAreWrongAreDeniedAsSuch) {
    use("s.wrong");
    EXPECT_THAT(
        read().error().message(),
        HasSubstr("token is missing, wrong or expired: permission denied"));
    EXPECT_EQ(read().error().kind(), ErrorKind::Denied);
}

TEST_F(Tokens, ThatRanOutAreDeniedAsSuch) {
    const auto token = backend_->issue(leased(3s));
    use(token);
    ASSERT_TRUE(read());
    backend_->driver().wait(4s);
    EXPECT_THAT(read().error().message(), HasSubstr("token is missing, wrong or expired"));
}

TEST_F(Tokens, ThatWereRevokedAreDeniedAsSuch) {
    const auto token = backend_->issue(leased(1h));
    use(token);
    ASSERT_TRUE(read());
    backend_->revoke(token);
    EXPECT_THAT(read().error().message(), HasSubstr("token is missing, wrong or expired"));
}

TEST_F(Tokens, ThatAreNewCountAtOnce) {
    const auto token = backend_->issue(leased(1h));
    use("s.wrong");
    EXPECT_FALSE(read());
    use(token);
    EXPECT_TRUE(read());
    EXPECT_THAT(credentials_.asked(), ::testing::Each("file:/bao for " + backend_->url()));
}

TEST_F(Tokens, OutsideTheirFolderAreDeniedForThePolicy) {
    const auto seen = read("elsewhere/x");
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(
        seen.error().message(),
        HasSubstr("the token's policy does not allow it: 1 error occurred: * permission denied"));
}

TEST_F(Tokens, ThatReadMayNotWriteAndTheEntryStays) {
    ASSERT_TRUE(apply(oidc_entry()));
    TokenWish reader;
    reader.rules = {{below("KV/data/fleet/*"), {"read"}}, {below("KV/metadata/fleet/*"), {"read"}}};
    use(backend_->issue(reader));
    EXPECT_TRUE(read());
    const auto done = apply(oidc_entry(1));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(version(kEntry), 1);
}

TEST_F(Tokens, OfTheReadmesPolicyDoAllThatTheOperatorDoes) {
    TokenWish wish;
    wish.rules = {
        {below("KV/data/fleet/*"), {"create", "read", "update"}},
        {below("KV/metadata/fleet/*"), {"create", "read", "update"}}};
    use(backend_->issue(wish));
    ASSERT_TRUE(read());
    const auto made = apply(oidc_entry());
    ASSERT_TRUE(made) << made.error().message();
    const auto changed = apply(oidc_entry(1));
    ASSERT_TRUE(changed) << changed.error().message();
    const auto seen = read();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->version, 2U);
}

TEST_F(Tokens, OfTheWiderPolicyListDestroyAndErase) {
    ASSERT_TRUE(apply(oidc_entry()));
    const auto token = backend_->issue(leased(1h));
    EXPECT_EQ(raw("LIST", "KV/detailed-metadata/fleet/", {}, token).status, 200);
    EXPECT_EQ(
        raw("POST", std::string("KV/destroy/") + kEntry, R"({"versions":[1]})", token).status, 204);
    EXPECT_EQ(raw("DELETE", std::string("KV/data/") + kEntry, {}, token).status, 403);
    EXPECT_EQ(raw("GET", "KV/config", {}, token).status, 403);
    EXPECT_EQ(raw("DELETE", std::string("KV/metadata/") + kEntry, {}, token).status, 204);
}

TEST_F(Tokens, TellCreateFromUpdate) {
    const auto creator = only("KV/data/fleet/*", {"create"});
    const std::string body = R"({"data":{"a":"1"}})";
    EXPECT_EQ(raw("POST", "KV/data/fleet/a", body, creator).status, 200);
    EXPECT_EQ(raw("POST", "KV/data/fleet/a", body, creator).status, 403);
    mark("fleet/b", R"({"x":"1"})");
    EXPECT_EQ(raw("POST", "KV/data/fleet/b", body, creator).status, 403)
        << "metadata is there already";
}

TEST_F(Tokens, PatchWithTheCapabilityAlone) {
    put("fleet/a", R"({"a":"1"})");
    const auto patcher = only("KV/data/fleet/*", {"patch"});
    const std::string body = R"({"data":{"b":"2"}})";
    EXPECT_EQ(
        raw("PATCH", "KV/data/fleet/a", body, patcher, "application/merge-patch+json").status, 200);
    EXPECT_EQ(raw("GET", "KV/data/fleet/a", {}, patcher).status, 403);
}

TEST_F(Tokens, AreRefusedInTwoTexts) {
    EXPECT_EQ(
        json_of(raw("GET", "KV/data/x", {}, "s.wrong")),
        (json::value{{"errors", {"permission denied"}}}));
    const auto nobody = only("KV/data/elsewhere", {"read"});
    const json::value acl{{"errors", {"1 error occurred:\n\t* permission denied\n\n"}}};
    EXPECT_EQ(json_of(raw("GET", "KV/data/x", {}, nobody)), acl);
    EXPECT_EQ(json_of(raw("GET", "nowhere/x", {}, nobody)), acl) << "nor is it told what exists";
    EXPECT_EQ(raw("GET", "nowhere/x", {}, nobody).status, 403);
    EXPECT_EQ(raw("GET", "nowhere/x").status, 404);
}

TEST_F(Tokens, ComeAsBearerToo) {
    HttpRequest request("GET", backend_->url() + "/v1/auth/token/lookup-self");
    request.headers.add("Authorization", "Bearer " + backend_->root());
    EXPECT_EQ(backend_->driver().ask(backend_->transport(), std::move(request)).status, 200);
}

TEST_F(Tokens, SayWhatIsLeftOfThem) {
    const auto token = backend_->issue(leased(1h));
    const auto answer = raw("GET", "auth/token/lookup-self", {}, token);
    ASSERT_EQ(answer.status, 200);
    const auto data = json_of(answer).at("data").as_object();
    EXPECT_EQ(data.at("creation_ttl").as_int64(), 3600);
    EXPECT_LE(data.at("ttl").as_int64(), 3600);
    EXPECT_GE(data.at("ttl").as_int64(), 3590);
    EXPECT_TRUE(data.at("renewable").as_bool());
    EXPECT_TRUE(data.at("expire_time").is_string());
}

TEST_F(Tokens, LiveOnWhenRenewed) {
    const auto token = backend_->issue(leased(4s));
    backend_->driver().wait(3s);
    const auto renewed = raw("POST", "auth/token/renew-self", {}, token);
    ASSERT_EQ(renewed.status, 200);
    const auto auth = json_of(renewed).at("auth").as_object();
    EXPECT_EQ(auth.at("lease_duration").as_int64(), 4);
    EXPECT_TRUE(auth.at("renewable").as_bool());
    EXPECT_TRUE(json_of(renewed).at("data").is_null());
    backend_->driver().wait(2s);
    EXPECT_EQ(status(token), 200);
    ASSERT_EQ(raw("POST", "auth/token/renew-self", R"({"increment":"1h"})", token).status, 200);
    backend_->driver().wait(3s);
    EXPECT_EQ(status(token), 200);
}

TEST_F(Tokens, AreNotRenewedWhenTheyRanOut) {
    const auto token = backend_->issue(leased(1s));
    backend_->driver().wait(2s);
    EXPECT_EQ(raw("POST", "auth/token/renew-self", {}, token).status, 403);
    EXPECT_EQ(status(token), 403);
}

}  // namespace
}  // namespace wavegate::testing
