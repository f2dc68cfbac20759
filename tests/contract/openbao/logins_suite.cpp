// Logging in by AppRole and JWT, and keeping what the login gave.
#include "operator/formats/jwt.hpp"
#include "operator/sandbox/keycloak/keys.hpp"
#include "tests/contract/openbao/suite.hpp"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kIssuer = "https://keycloak.test/realms/fleet";

/// Notes the path of each request below /v1/ and its token, and lets it through.
class Notebook final : public Transport {
  public:
    explicit Notebook(Transport& inner) : inner_(inner) {}
    Task<HttpResponse> send(HttpRequest request) override {
        const auto at = request.url.find("/v1/") + 4;
        paths.push_back(request.url.substr(at));
        for (const auto& [name, value] : request.secret_headers) {
            token = value->reveal([](std::string_view text) { return std::string(text); });
        }
        return inner_.send(std::move(request));
    }
    std::vector<std::string> paths;
    std::string token;  ///< the last one that was sent

  private:
    Transport& inner_;
};

class Logins : public OpenBaoSuite {
  protected:
    void SetUp() override {
        OpenBaoSuite::SetUp();
        if (IsSkipped()) {
            return;
        }
        notebook_ = std::make_unique<Notebook>(backend_->transport());
        wish_.rules = sandbox::operator_policy(backend_->mount(), "fleet");
        wish_.ttl = 1h;
    }

    OpenBaoSpec spec() const {
        OpenBaoSpec spec;
        spec.url = backend_->url();
        spec.mount = backend_->mount();
        return spec;
    }
    void by_app_role() { by_app_role(backend_->add_app_role(wish_)); }
    void by_app_role(const AppRolePair& pair) {
        credentials_.set("file:/role-id", pair.role_id);
        credentials_.set("file:/secret-id", pair.secret_id);
        auto wanted = spec();
        wanted.app_role = AppRoleLogin{
            backend_->app_role_mount(),
            Reference{"file:/role-id", {}},
            Reference{"file:/secret-id", {}}};
        client_ = std::make_unique<openbao::Client>(
            *notebook_, credentials_, backend_->driver().clock(), std::move(wanted));
    }
    /// Claims that log in, until a test bends them.
    json::object good_claims() const {
        const auto now = std::chrono::floor<std::chrono::seconds>(
            backend_->driver().clock().now().wall.time_since_epoch());
        return {
            {"iss", kIssuer},
            {"aud", "openbao"},
            {"azp", "wavegate"},
            {"sub", "1"},
            {"iat", now.count()},
            {"nbf", now.count()},
            {"exp", now.count() + 300}};
    }
    void by_jwt(json::object claims, const std::string& role = "wavegate", int key = 0) {
        auto wanted = spec();
        wanted.jwt_login = JwtLogin{backend_->jwt_mount(), role, "wavegate", {}};
        auto text = formats::RsaKey::from_pem(sandbox::signing_key_pem(key))->sign(claims, "test");
        client_ = std::make_unique<openbao::Client>(
            *notebook_, credentials_, backend_->driver().clock(), std::move(wanted), [text] {
                return say(text);
            });
    }
    static Task<SecretValue> say(std::string text) { co_return make_secret(std::move(text)); }
    void add_jwt_role() {
        backend_->add_jwt_role("wavegate", JwtBound{kIssuer, "openbao", "wavegate"}, wish_);
    }
    std::string
    jwt_refusal(json::object claims, const std::string& role = "wavegate", int key = 0) {
        by_jwt(std::move(claims), role, key);
        const auto seen = read();
        EXPECT_FALSE(seen);
        EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
        EXPECT_EQ(seen.error().effect(), Effect::None);
        return seen.error().message();
    }
    /// How often a path was asked since last time.
    int asked(const std::string& path) {
        int count = 0;
        for (const auto& one : notebook_->paths) {
            count += one == path ? 1 : 0;
        }
        notebook_->paths.clear();
        return count;
    }
    std::string login_path() const { return "auth/" + backend_->app_role_mount() + "/login"; }

    std::unique_ptr<Notebook> notebook_;
    LoginWish wish_;
};

constexpr const char* kRenew = "auth/token/renew-self";

TEST_F(Logins, ByAppRoleOnceServeEveryRequest) {
    by_app_role();
    const auto done = apply(oidc_entry());
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_TRUE(read());
    ASSERT_TRUE(apply(oidc_entry(1)));
    EXPECT_EQ(asked(login_path()), 1);
}

TEST_F(Logins, AreRenewedAtTwoThirdsOfTheirLife) {
    wish_.ttl = 6s;
    by_app_role();
    ASSERT_TRUE(read());
    EXPECT_EQ(asked(login_path()), 1);
    ASSERT_TRUE(read());
    EXPECT_EQ(asked(kRenew), 0);
    backend_->driver().wait(4500ms);
    ASSERT_TRUE(read());
    EXPECT_EQ(asked(kRenew), 1);
    backend_->driver().wait(3s);
    ASSERT_TRUE(read()) << "longer than the first lease";
    EXPECT_THAT(notebook_->paths, ::testing::Not(::testing::Contains(login_path())));
}

TEST_F(Logins, ThatRanOutAreMadeAnew) {
    wish_.ttl = 2s;
    by_app_role();
    ASSERT_TRUE(read());
    notebook_->paths.clear();
    backend_->driver().wait(3s);
    ASSERT_TRUE(read());
    EXPECT_EQ(notebook_->paths.front(), login_path());
}

TEST_F(Logins, AreMadeAnewWhenARenewalComesBackShortened) {
    wish_.ttl = 6s;
    wish_.max_ttl = 7s;
    by_app_role();
    ASSERT_TRUE(read());
    notebook_->paths.clear();
    backend_->driver().wait(4500ms);
    ASSERT_TRUE(read());
    EXPECT_EQ(asked(kRenew), 1);
    backend_->driver().wait(2s);
    ASSERT_TRUE(read());
    EXPECT_EQ(notebook_->paths.front(), login_path());
}

TEST_F(Logins, WhoseTokenWasRevokedAreMadeAnewAndTheRequestRepeated) {
    by_app_role();
    ASSERT_TRUE(apply(oidc_entry()));
    notebook_->paths.clear();
    backend_->revoke(notebook_->token);
    const auto done = apply(oidc_entry(1));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(version(kEntry), 2) << "written once";
    EXPECT_EQ(asked(login_path()), 1);
}

TEST_F(Logins, OfAUsedUpSecretIdAreDeniedAndSaySo) {
    wish_.uses = 1;
    wish_.ttl = 2s;
    by_app_role();
    ASSERT_TRUE(read());
    backend_->driver().wait(3s);
    const auto seen = read();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("used up"));
}

TEST_F(Logins, ByAWrongPairAreDeniedAndNothingIsQuoted) {
    const auto pair = backend_->add_app_role(wish_);
    by_app_role({pair.role_id, "s3cret-guess"});
    const auto seen = read();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(seen.error().status(), 400);
    EXPECT_THAT(seen.error().message(), HasSubstr("openbao: read: mount: login: "));
    EXPECT_THAT(seen.error().message(), ::testing::Not(HasSubstr("s3cret")));
    by_app_role({"nobody", pair.secret_id});
    EXPECT_EQ(read().error().kind(), ErrorKind::Denied);
}

TEST_F(Logins, AskForEachHalfForTheServerItGoesTo) {
    by_app_role();
    ASSERT_TRUE(read());
    EXPECT_THAT(
        credentials_.asked(),
        ElementsAre(
            "file:/role-id for " + backend_->url(), "file:/secret-id for " + backend_->url()));
}

TEST_F(Logins, ToASealedServerAreUnavailable) {
    by_app_role();
    backend_->seal();
    const auto seen = read();
    backend_->unseal();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Unavailable);
    EXPECT_TRUE(read());
}

TEST_F(Logins, ByJwtServeAsAnyOther) {
    add_jwt_role();
    by_jwt(good_claims());
    const auto done = apply(oidc_entry());
    ASSERT_TRUE(done) << done.error().message();
    auto claims = good_claims();
    claims["aud"] = json::array{"other", "openbao"};
    by_jwt(claims);
    EXPECT_TRUE(read());
}

TEST_F(Logins, ByAJwtThatIsNotTheRolesAreDeniedAndSayWhatIsWrong) {
    add_jwt_role();
    auto claims = good_claims();
    claims["aud"] = "account";
    EXPECT_THAT(
        jwt_refusal(claims),
        HasSubstr("none that the role is bound to: error validating token: invalid audience (aud)"))
        << "in the vault's words too";
    claims.erase("aud");
    EXPECT_THAT(jwt_refusal(claims), HasSubstr("audience"));
    claims = good_claims();
    claims["iss"] = "https://elsewhere.test/realms/fleet";
    EXPECT_THAT(jwt_refusal(claims), HasSubstr("issuer"));
    claims = good_claims();
    claims["azp"] = "somebody";
    EXPECT_THAT(jwt_refusal(claims), HasSubstr("claim"));
    claims = good_claims();
    for (const auto* name : {"iat", "nbf", "exp"}) {
        claims[name] = claims[name].as_int64() - 3600;
    }
    EXPECT_THAT(jwt_refusal(claims), HasSubstr("expired"));
    EXPECT_THAT(jwt_refusal(good_claims(), "nobody"), HasSubstr("role"));
    EXPECT_THAT(jwt_refusal(good_claims(), "wavegate", 1), HasSubstr("key"));
}

}  // namespace
}  // namespace wavegate::testing
