#include "operator/net/curl_transport.hpp"
#include "tests/real/roads/nginx_way.hpp"
#include "tests/real/support/tinyproxy_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

// How every system around is reached: TLS by nginx and OpenSSL, a proxy by tinyproxy.
namespace wavegate::roads {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto* kUntrusted = "the server's certificate is of no authority that is trusted (caFile)";
constexpr auto* kNoCertificate = "the server asks for a client certificate (clientCertificateFile)";
constexpr auto* kOtherCertificate = "the server does not take our client certificate";
constexpr auto* kNoCredentials = "the proxy does not take our credentials, or there are none";

class Roads : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!nginx_) {
            GTEST_SKIP() << "skipped: roads not installable here";
        }
        road_.ca_file = nginx_->authority().ca_file();
    }
    Result<HttpResponse> get(const std::string& url) {
        net::CurlSettings settings;
        settings.road = road_;
        const auto driver = testing::live_driver();
        net::CurlTransport transport(driver->executor(), std::move(settings));
        return driver->run(transport.send(HttpRequest("GET", url)));
    }
    void show(const testing::Leaf& leaf) {
        road_.client_certificate_file = leaf.certificate_file;
        road_.client_key_file = leaf.key_file;
    }
    void expect_page(const std::string& url) {
        const auto answer = get(url);
        ASSERT_TRUE(answer) << answer.error().message();
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, "the page");
    }
    void expect_refused(const std::string& url, ErrorKind kind, const std::string& message) {
        const auto answer = get(url);
        ASSERT_FALSE(answer) << answer->status;
        EXPECT_EQ(answer.error().message(), message);
        EXPECT_EQ(answer.error().kind(), kind);
        EXPECT_EQ(answer.error().effect(), Effect::None);
    }

    std::unique_ptr<NginxWay> nginx_ = NginxWay::start("/nonexistent");
    Road road_;
};

TEST_F(Roads, TrustTheAuthorityThatIsNamedAndNoOther) {
    expect_page(nginx_->page());
    road_.ca_file.clear();
    expect_refused(nginx_->page(), ErrorKind::Unavailable, kUntrusted);
    road_.ca_file = testing::Authority(nginx_->folder(), "stranger").ca_file();
    expect_refused(nginx_->page(), ErrorKind::Unavailable, kUntrusted);
}

TEST_F(Roads, ShowTheClientCertificateThatNginxAsksFor) {
    expect_refused(nginx_->certified_page(), ErrorKind::Denied, kNoCertificate);
    show(nginx_->authority().issue("client"));
    expect_page(nginx_->certified_page());
    expect_page(nginx_->page());
    show(testing::Authority(nginx_->folder(), "stranger").issue("other"));
    expect_refused(nginx_->certified_page(), ErrorKind::Denied, kOtherCertificate);
    show(nginx_->authority().issue("old", -1));
    expect_refused(nginx_->certified_page(), ErrorKind::Denied, kOtherCertificate);
}

TEST_F(Roads, SayThatCertificateAndKeyDoNotBelongTogether) {
    auto leaf = nginx_->authority().issue("client");
    leaf.key_file = nginx_->authority().issue("other").key_file;
    show(leaf);
    expect_refused(
        nginx_->certified_page(),
        ErrorKind::Invalid,
        "the client certificate or its key can't be used (clientCertificateFile, clientKeyFile)");
}

/// Ends the session by an alert once it has seen what the client shows, as servers other than nginx
/// do.
TEST_F(Roads, ReadAnAlertAboutTheClientCertificate) {
    const auto leaf = nginx_->authority().issue("strict");
    const auto port = testing::free_port();
    testing::ServerCommand command;
    command.name = "openssl";
    command.folder = nginx_->folder();
    command.argv = {
        *testing::installed("roads") + "/bin/openssl",
        "s_server",
        "-accept",
        "127.0.0.1:" + std::to_string(port),
        "-cert",
        leaf.certificate_file,
        "-key",
        leaf.key_file,
        "-CAfile",
        road_.ca_file,
        "-Verify",
        "1",
        "-verify_return_error",
        "-www"};
    testing::ServerProcess server(std::move(command));
    ASSERT_TRUE(
        server.wait_until([&] { return testing::listens(port); }, std::chrono::seconds(30)));
    const auto url = "https://127.0.0.1:" + std::to_string(port) + "/";
    expect_refused(url, ErrorKind::Denied, kNoCertificate);
    show(testing::Authority(nginx_->folder(), "stranger").issue("other"));
    expect_refused(url, ErrorKind::Denied, kOtherCertificate);
    show(nginx_->authority().issue("client"));
    EXPECT_EQ(get(url)->status, 200);
}

TEST_F(Roads, GoThroughTheProxyByHttpAndByHttps) {
    const auto proxy = testing::TinyproxyServer::start();
    road_.proxy.url = proxy->url();
    expect_page(nginx_->page());
    EXPECT_THAT(proxy->log(), HasSubstr("CONNECT 127.0.0.1:"));
    expect_page(nginx_->plain_page());
    EXPECT_THAT(proxy->log(), HasSubstr("GET " + nginx_->plain_page()));
    show(nginx_->authority().issue("client"));
    expect_page(nginx_->certified_page());
}

TEST_F(Roads, LeaveTheProxyAsideForTheHostsThatAreNamed) {
    const auto proxy = testing::TinyproxyServer::start();
    road_.proxy.url = proxy->url();
    road_.proxy.no_proxy = ".example,127.0.0.1";
    expect_page(nginx_->page());
    expect_page(nginx_->plain_page());
    EXPECT_THAT(proxy->log(), Not(HasSubstr("Request (")));
}

TEST_F(Roads, TakeNeitherProxyNorExceptionsFromTheEnvironment) {
    ::setenv("https_proxy", "http://127.0.0.1:1", 1);
    ::setenv("all_proxy", "http://127.0.0.1:1", 1);
    expect_page(nginx_->page());
    ::unsetenv("https_proxy");
    ::unsetenv("all_proxy");
    ::setenv("no_proxy", "*", 1);
    road_.proxy.url = "http://127.0.0.1:1";
    expect_refused(nginx_->page(), ErrorKind::Unavailable, "the proxy can't be reached");
    ::unsetenv("no_proxy");
}

TEST_F(Roads, SayThatTheProxyIsDown) {
    const auto proxy = testing::TinyproxyServer::start();
    road_.proxy.url = proxy->url();
    proxy->stop();
    expect_refused(nginx_->page(), ErrorKind::Unavailable, "the proxy can't be reached");
    expect_refused(nginx_->plain_page(), ErrorKind::Unavailable, "the proxy can't be reached");
    road_.proxy.url = "http://no-such-proxy.invalid:3128";
    expect_refused(nginx_->page(), ErrorKind::Unavailable, "the proxy can't be reached");
}

TEST_F(Roads, ShowTheProxyItsOwnCredentials) {
    const auto proxy = testing::TinyproxyServer::start("BasicAuth bot s3cret\n");
    road_.proxy.url = proxy->url();
    expect_refused(nginx_->page(), ErrorKind::Denied, kNoCredentials);
    expect_refused(nginx_->plain_page(), ErrorKind::Denied, kNoCredentials);
    road_.proxy.username = "bot";
    road_.proxy.password = make_secret("another");
    expect_refused(nginx_->page(), ErrorKind::Denied, kNoCredentials);
    road_.proxy.password = make_secret("s3cret");
    expect_page(nginx_->page());
    expect_page(nginx_->plain_page());
    EXPECT_THAT(proxy->log(), Not(HasSubstr("s3cret")));
}

TEST_F(Roads, SayThatTheProxyLetsNobodyThrough) {
    const auto proxy = testing::TinyproxyServer::start("ConnectPort 443\n");
    road_.proxy.url = proxy->url();
    expect_refused(nginx_->page(), ErrorKind::Denied, "the proxy lets nobody through to this host");
}

TEST_F(Roads, SayThatTheProxyFindsNoWay) {
    const auto proxy = testing::TinyproxyServer::start();
    road_.proxy.url = proxy->url();
    expect_refused(
        "https://127.0.0.1:1/", ErrorKind::Unavailable, "the proxy finds no way to this host");
    road_.ca_file.clear();
    expect_refused(nginx_->page(), ErrorKind::Unavailable, kUntrusted);
}

}  // namespace
}  // namespace wavegate::roads
