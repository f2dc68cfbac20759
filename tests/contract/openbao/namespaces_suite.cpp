// An entry, a token and a login are of one namespace.
#include "operator/formats/jwt.hpp"
#include "operator/sandbox/keycloak/keys.hpp"
#include "tests/contract/openbao/suite.hpp"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

const json::value kAclDenied{{"errors", {"1 error occurred:\n\t* permission denied\n\n"}}};
const json::value kNoNamespace{{"errors", {"namespace not found"}}};

class Namespaces : public OpenBaoSuite {
  protected:
    void SetUp() override {
        OpenBaoSuite::SetUp();
        if (!IsSkipped()) {
            here_ = backend_->add_namespace();
            credentials_.set("file:/root", backend_->root());
        }
    }

    OpenBaoSpec spec(std::string name) const {
        OpenBaoSpec spec;
        spec.url = backend_->url();
        spec.mount = backend_->mount();
        spec.name_space = std::move(name);
        spec.token = Reference{"file:/root", {}};
        return spec;
    }
    /// From now on the client works there.
    void go_to(OpenBaoSpec spec, openbao::JwtSource jwt = {}) {
        client_ = std::make_unique<openbao::Client>(
            backend_->transport(),
            credentials_,
            backend_->driver().clock(),
            std::move(spec),
            std::move(jwt));
    }
    void go_to(const std::string& name) { go_to(spec(name)); }
    /// With the operator's token of namespace `home`, whose rules begin with `prefix`.
    void go_with_token(
        const std::string& name,
        const std::string& home,
        const std::string& prefix = {}) {
        TokenWish wish;
        wish.name_space = home;
        for (auto& rule : sandbox::operator_policy(backend_->mount(), "fleet")) {
            rule.path = prefix + rule.path;
            wish.rules.push_back(std::move(rule));
        }
        use(backend_->issue(wish));
        auto there = spec(name);
        there.token = Reference{"file:/bao", {}};
        go_to(std::move(there));
    }
    OpenBaoSpec by_app_role(const std::string& name) {
        auto there = spec(name);
        there.token = Reference();
        there.app_role = AppRoleLogin{
            backend_->app_role_mount(),
            Reference{"file:/role-id", {}},
            Reference{"file:/secret-id", {}}};
        return there;
    }
    /// A login whose tokens live so long, and may do what the operator does.
    LoginWish login_here(Duration ttl) const {
        LoginWish wish;
        wish.rules = sandbox::operator_policy(backend_->mount(), "fleet");
        wish.ttl = ttl;
        wish.name_space = here_;
        return wish;
    }
    void add_app_role(Duration ttl) {
        const auto pair = backend_->add_app_role(login_here(ttl));
        credentials_.set("file:/role-id", pair.role_id);
        credentials_.set("file:/secret-id", pair.secret_id);
    }

    /// As curl would, with a header for the namespace.
    HttpResponse
    ask(const std::string& header, const std::string& path, const std::string& token = {}) {
        HttpRequest request("GET", backend_->url() + "/v1/" + path);
        request.headers.add("X-Vault-Token", token.empty() ? backend_->root() : token);
        request.headers.add("X-Vault-Namespace", header);
        return backend_->driver().ask(backend_->transport(), std::move(request));
    }
    std::string entry_path() const { return backend_->mount() + "/data/" + kEntry; }

    std::string here_;
};

TEST_F(Namespaces, TheSamePathInTwoOfThemIsTwoEntries) {
    const auto there = backend_->add_namespace();
    for (const auto& name : {here_, there, std::string()}) {
        go_to(name);
        const auto seen = read();
        ASSERT_TRUE(seen) << seen.error().message();
        EXPECT_FALSE(*seen) << name;
        ASSERT_TRUE(apply(oidc_entry())) << name;
    }
    go_to(here_);
    ASSERT_TRUE(apply(oidc_entry(1)));
    EXPECT_EQ((*read())->version, 2U);
    go_to(there);
    EXPECT_EQ((*read())->version, 1U);
    EXPECT_EQ(version(kEntry), 1) << "of the root namespace";
}

TEST_F(Namespaces, ATokenIsOfOneAndDeniedInAnyOther) {
    const auto there = backend_->add_namespace();
    go_with_token(here_, here_);
    ASSERT_TRUE(apply(oidc_entry()));
    for (const auto& name : {there, std::string()}) {
        auto elsewhere = spec(name);
        elsewhere.token = Reference{"file:/bao", {}};
        go_to(std::move(elsewhere));
        const auto seen = read();
        ASSERT_FALSE(seen);
        EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
        EXPECT_THAT(seen.error().message(), HasSubstr("policy does not allow"));
    }
    const auto token = backend_->issue(TokenWish{{}, {}, here_});
    EXPECT_EQ(json_of(ask(there, entry_path(), token)), kAclDenied);
    EXPECT_EQ(ask(there, "auth/token/lookup-self", token).status, 200) << "that it may anywhere";
}

TEST_F(Namespaces, ATokenOfTheRootOneActsBelowWhereItsRulesSaySo) {
    go_with_token(here_, {}, here_ + "/");
    const auto done = apply(oidc_entry());
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ((*read())->version, 1U);
    go_with_token({}, {}, here_ + "/");
    EXPECT_EQ(read().error().kind(), ErrorKind::Denied) << "its rules name no entry of the root's";
}

TEST_F(Namespaces, ALoginByAppRoleIsOfOne) {
    add_app_role(1h);
    go_to(by_app_role(here_));
    const auto done = apply(oidc_entry());
    ASSERT_TRUE(done) << done.error().message();
    go_to(by_app_role({}));
    const auto seen = read();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("there is no such login"));
}

TEST_F(Namespaces, ALoginsTokenIsRenewedThere) {
    add_app_role(6s);
    go_to(by_app_role(here_));
    ASSERT_TRUE(read());
    backend_->driver().wait(4500ms);
    ASSERT_TRUE(read());
    backend_->driver().wait(3s);
    const auto seen = read();
    ASSERT_TRUE(seen) << seen.error().message();
}

Task<SecretValue> say(std::string text) {
    co_return make_secret(std::move(text));
}

TEST_F(Namespaces, ALoginByJwtIsOfOne) {
    const std::string issuer = "https://keycloak.test/realms/fleet";
    backend_->add_jwt_role("wavegate", JwtBound{issuer, "openbao", "wavegate"}, login_here(1h));
    const auto now = std::chrono::floor<std::chrono::seconds>(
        backend_->driver().clock().now().wall.time_since_epoch());
    const json::object claims{
        {"iss", issuer},
        {"aud", "openbao"},
        {"azp", "wavegate"},
        {"sub", "1"},
        {"iat", now.count()},
        {"exp", now.count() + 300}};
    const auto jwt = formats::RsaKey::from_pem(sandbox::signing_key_pem(0))->sign(claims, "test");
    auto there = spec(here_);
    there.token = Reference();
    there.jwt_login = JwtLogin{backend_->jwt_mount(), "wavegate"};
    go_to(there, [jwt] { return say(jwt); });
    const auto done = apply(oidc_entry());
    ASSERT_TRUE(done) << done.error().message();
    there.name_space.clear();
    go_to(there, [jwt] { return say(jwt); });
    EXPECT_EQ(read().error().kind(), ErrorKind::Denied);
}

TEST_F(Namespaces, OneThatIsNotThereIsToldInItsWords) {
    go_to("nowhere");
    const auto seen = read();
    ASSERT_FALSE(seen) << "that is no entry that is missing";
    EXPECT_EQ(seen.error().kind(), ErrorKind::NotFound);
    EXPECT_THAT(
        seen.error().message(),
        HasSubstr("spec.openbao.namespace names none that is there: namespace not found"));
    const auto written = apply(oidc_entry());
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().effect(), Effect::None);
    add_app_role(1h);
    go_to(by_app_role("nowhere"));
    EXPECT_THAT(read().error().message(), HasSubstr("login: spec.openbao.namespace names none"));
    EXPECT_EQ(json_of(ask("nowhere", entry_path())), kNoNamespace);
    EXPECT_EQ(json_of(ask(here_ + "/nowhere", entry_path(), "s.nobody")), kNoNamespace);
}

TEST_F(Namespaces, AreNamedWithSlashesOrWithoutAndByThePath) {
    go_to(here_);
    ASSERT_TRUE(apply(oidc_entry()));
    for (const auto& header : {here_, here_ + "/", "/" + here_ + "/"}) {
        EXPECT_EQ(ask(header, entry_path()).status, 200) << header;
    }
    EXPECT_EQ(raw("GET", here_ + "/" + entry_path()).status, 200);
    EXPECT_EQ(ask("/", here_ + "/" + entry_path()).status, 200);
    for (const auto* header : {"", "/", "root"}) {
        EXPECT_EQ(ask(header, entry_path()).status, 404) << header << ": the root one";
    }
    EXPECT_EQ(
        json_of(raw("GET", "nowhere/" + entry_path())),
        (json::value{
            {"errors",
             {"no handler for route \"nowhere/" + entry_path() + "\". route entry not found."}}}));
}

TEST_F(Namespaces, TheServersHealthIsAskedOutsideOfThem) {
    const auto inside = ask(here_, "sys/health");
    EXPECT_EQ(inside.status, 400);
    EXPECT_EQ(json_of(inside), (json::value{{"errors", {"operation unavailable in namespaces"}}}));
    const auto by_path = raw("GET", here_ + "/sys/health");
    EXPECT_EQ(by_path.status, 400);
    EXPECT_EQ(
        json_of(by_path),
        (json::value{{"errors", {"operation only available in root namespace"}}}));
    EXPECT_EQ(ask(here_, "sys/seal-status").status, 200);
}

}  // namespace
}  // namespace wavegate::testing
