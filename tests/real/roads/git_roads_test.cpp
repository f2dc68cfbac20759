#include "tests/real/roads/nginx_way.hpp"
#include "tests/real/roads/repository.hpp"
#include "tests/real/support/tinyproxy_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

// The same roads for git, which has a TLS library and words of its own.
namespace wavegate::roads {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GitRoads : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!nginx_) {
            GTEST_SKIP() << "skipped: roads not installable here";
        }
        way_ = nginx_->way();
    }
    Road& road() { return way_.remote.road; }
    void show(const testing::Leaf& leaf) {
        road().client_certificate_file = leaf.certificate_file;
        road().client_key_file = leaf.key_file;
    }
    void expect_refused(ErrorKind kind, const std::string& message) {
        auto revision = repository_.fetch(way_);
        ASSERT_FALSE(revision);
        EXPECT_EQ(revision.error().message(), "git: " + message);
        EXPECT_EQ(revision.error().kind(), kind);
    }
    void expect_work() {
        const auto revision = repository_.fetch(way_);
        ASSERT_TRUE(revision) << revision.error().message();
        const auto pushed = repository_.push(way_, repository_.head_now(), "services: { a: {} }\n");
        ASSERT_TRUE(pushed) << pushed.error().message();
    }

    Repository repository_;
    std::unique_ptr<NginxWay> nginx_ = NginxWay::start(repository_.root());
    Way way_;
};

TEST_F(GitRoads, ShowTheClientCertificateThatNginxAsksFor) {
    constexpr auto* other =
        "the server refuses us: it may ask for another client certificate (clientCertificateFile)";
    way_ = nginx_->certified_way();
    expect_refused(ErrorKind::Denied, other);
    show(testing::Authority(nginx_->folder(), "stranger").issue("other"));
    expect_refused(ErrorKind::Denied, other);
    show(nginx_->authority().issue("client"));
    expect_work();
    road().client_key_file = nginx_->authority().issue("another").key_file;
    expect_refused(
        ErrorKind::Invalid,
        "the client certificate or its key can't be used (clientCertificateFile, clientKeyFile)");
}

TEST_F(GitRoads, GoThroughTheProxyWithItsCredentialsAndTheServersOwn) {
    const auto proxy = testing::TinyproxyServer::start("BasicAuth bot s3cret\n");
    constexpr auto* none = "the proxy does not take our credentials, or there are none";
    road().proxy.url = proxy->url();
    expect_refused(ErrorKind::Denied, none);
    road().proxy.username = "bot";
    road().proxy.password = make_secret("another");
    expect_refused(ErrorKind::Denied, none);
    road().proxy.password = make_secret("s3cret");
    expect_work();
    EXPECT_THAT(proxy->log(), HasSubstr("CONNECT 127.0.0.1:"));
    EXPECT_THAT(proxy->log(), Not(HasSubstr("s3cret")));
}

TEST_F(GitRoads, SayWhatTheProxyRefuses) {
    const auto proxy = testing::TinyproxyServer::start("ConnectPort 443\n");
    road().proxy.url = proxy->url();
    expect_refused(ErrorKind::Denied, "the proxy lets nobody through to this host");
    proxy->stop();
    expect_refused(ErrorKind::Unavailable, "the proxy can't be reached");
    road().proxy.no_proxy = "127.0.0.1";
    expect_work();
}

}  // namespace
}  // namespace wavegate::roads
