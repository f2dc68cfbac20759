#include "operator/store/etcd_client.hpp"

#include "operator/net/curl_transport.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/tape.hpp"
#include "tests/unit/store/etcd_site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wavegate::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kEmpty = R"({"header":{"revision":"9"}})";

std::string clear(const HttpRequest& request) {
    return request.secret_headers.empty()
               ? std::string()
               : request.secret_headers.front().second->reveal(
                     [](std::string_view text) { return std::string(text); });
}

class Client : public ::testing::Test {
  protected:
    EtcdClient client(std::string user = {}) {
        return {
            tape_,
            credentials_,
            {{"http://a.test:2379", "http://b.test:2379/"}, std::move(user), {"env:PASSWORD", {}}}};
    }
    void play(int status, std::string body) { tape_.play(HttpResponse(status, std::move(body))); }
    void fail(Effect effect) { tape_.fail(Error(ErrorKind::Unavailable, "no answer", effect)); }
    std::vector<std::string> urls() {
        std::vector<std::string> urls;
        for (const auto& request : tape_.asked()) {
            urls.push_back(request.url);
        }
        return urls;
    }

    testing::Simulation sim_;
    testing::Tape tape_;
    testing::FixedCredentials credentials_;
};

TEST_F(Client, AsksTheNextMemberWhereNobodyAnswers) {
    auto etcd = client();
    fail(Effect::None);
    play(200, kEmpty);
    play(200, kEmpty);
    EXPECT_TRUE(sim_.run(etcd.commit(etcd::Txn())));
    EXPECT_TRUE(sim_.run(etcd.range(etcd::Range("k"))));
    EXPECT_THAT(
        urls(),
        ElementsAre(
            "http://a.test:2379/v3/kv/txn",
            "http://b.test:2379/v3/kv/txn",
            "http://b.test:2379/v3/kv/range"))
        << "and stays with it";
}

TEST_F(Client, SendsNoTransactionTwiceThatMayHaveLanded) {
    auto etcd = client();
    fail(Effect::Maybe);
    const auto lost = sim_.run(etcd.commit(etcd::Txn()));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().effect(), Effect::Maybe);
    EXPECT_EQ(tape_.asked().size(), 1U);
    play(200, kEmpty);
    EXPECT_TRUE(sim_.run(etcd.range(etcd::Range("k"))));
    EXPECT_THAT(urls().back(), HasSubstr("b.test")) << "the next one is asked what became of it";
}

TEST_F(Client, AsksTheNextMemberWhatOneCannotRead) {
    auto etcd = client();
    play(503, R"({"error":"etcdserver: no leader","code":14})");
    play(200, kEmpty);
    EXPECT_TRUE(sim_.run(etcd.range(etcd::Range("k"))));
}

TEST_F(Client, LogsInAndSendsTheTokenWithoutBearer) {
    credentials_.set("env:PASSWORD", "pass\"word");
    auto etcd = client("wavegate");
    play(200, R"({"token":"t1"})");
    play(200, kEmpty);
    EXPECT_TRUE(sim_.run(etcd.range(etcd::Range("k"))));
    const auto& asked = tape_.asked();
    EXPECT_EQ(asked[0].url, "http://a.test:2379/v3/auth/authenticate");
    EXPECT_EQ(asked[0].body, R"({"name":"wavegate","password":"pass\"word"})");
    EXPECT_EQ(asked[1].secret_headers.front().first, "Authorization");
    EXPECT_EQ(clear(asked[1]), "t1");
}

TEST_F(Client, LogsInAnewOnceWhenTheTokenLapsed) {
    credentials_.set("env:PASSWORD", "secret");
    auto etcd = client("wavegate");
    play(200, R"({"token":"t1"})");
    play(401, R"({"message":"etcdserver: invalid auth token","code":16})");
    play(200, R"({"token":"t2"})");
    play(200, kEmpty);
    EXPECT_TRUE(sim_.run(etcd.commit(etcd::Txn())));
    EXPECT_EQ(clear(tape_.asked().back()), "t2");
    play(401, "{}");
    play(200, R"({"token":"t3"})");
    play(401, "{}");
    const auto denied = sim_.run(etcd.commit(etcd::Txn()));
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(denied.error().effect(), Effect::None);
}

TEST_F(Client, IsNotLetInWithoutAPassword) {
    auto etcd = client("wavegate");
    const auto denied = sim_.run(etcd.range(etcd::Range("k")));
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(denied.error().message(), "etcd: password: no such secret");
    EXPECT_TRUE(tape_.asked().empty());
}

TEST_F(Client, NamesAWrongPasswordAsDenied) {
    credentials_.set("env:PASSWORD", "wrong");
    auto etcd = client("wavegate");
    play(400, R"({"message":"etcdserver: authentication failed, invalid user ID or password"})");
    const auto denied = sim_.run(etcd.range(etcd::Range("k")));
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().kind(), ErrorKind::Denied);
}

TEST_F(Client, HoldsWhatIsNoAnswerOfEtcdForProtocolErrors) {
    auto etcd = client();
    for (const auto* body : {"", "[]", R"({"kvs":[{"key":"*"}]})", R"({"kvs":[5]})"}) {
        play(200, body);
        const auto read = sim_.run(etcd.range(etcd::Range("k")));
        ASSERT_FALSE(read) << body;
        EXPECT_EQ(read.error().kind(), ErrorKind::Protocol) << body;
    }
    etcd::Txn txn;
    txn.otherwise = {"k"};
    play(200, kEmpty);
    const auto torn = sim_.run(etcd.commit(std::move(txn)));
    ASSERT_FALSE(torn);
    EXPECT_EQ(torn.error().effect(), Effect::Maybe);
}

/// With a server of its own.
class RealClient : public ::testing::Test {
  protected:
    void SetUp() override {
        if (testing::shared_etcd() == nullptr) {
            GTEST_SKIP() << "etcd is not installed here";
        }
    }
    Result<etcd::Pairs> ask(Transport& transport, const std::string& url, std::string user = {}) {
        EtcdClient client(transport, credentials_, {{url}, std::move(user), {"env:PASSWORD", {}}});
        return driver_->run(client.range(etcd::Range("k")));
    }

    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    testing::FixedCredentials credentials_;
};

TEST_F(RealClient, IsLetInByNameAndPassword) {
    const auto server = testing::EtcdServer::start();
    server->require_login("wavegate", "secret");
    net::CurlTransport curl(driver_->executor());
    const auto nobody = ask(curl, server->url());
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().kind(), ErrorKind::Denied) << nobody.error().message();
    credentials_.set("env:PASSWORD", "wrong");
    const auto wrong = ask(curl, server->url(), "wavegate");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind(), ErrorKind::Denied) << wrong.error().message();
    credentials_.set("env:PASSWORD", "secret");
    const auto good = ask(curl, server->url(), "wavegate");
    EXPECT_TRUE(good) << good.error().message();
}

TEST_F(RealClient, LogsInAnewAfterTheServerForgotItsTokens) {
    const auto server = testing::EtcdServer::start();
    server->require_login("wavegate", "secret");
    credentials_.set("env:PASSWORD", "secret");
    net::CurlTransport curl(driver_->executor());
    EtcdClient client(curl, credentials_, {{server->url()}, "wavegate", {"env:PASSWORD", {}}});
    ASSERT_TRUE(driver_->run(client.range(etcd::Range("k"))));
    server->kill();
    server->start_again();
    const auto good = driver_->run(client.range(etcd::Range("k")));
    EXPECT_TRUE(good) << good.error().message();
}

TEST_F(RealClient, IsLetInByItsCertificate) {
    testing::TempFolder folder("wavegate-etcd-ca");
    const testing::Authority authority(folder.path(), "ca");
    const auto server = testing::EtcdServer::start(testing::EtcdServer::Tls{authority});
    const auto leaf = authority.issue("operator");
    net::CurlSettings settings;
    settings.road.ca_file = authority.ca_file();
    net::CurlTransport without(driver_->executor(), settings);
    EXPECT_FALSE(ask(without, server->url()));
    settings.road.client_certificate_file = leaf.certificate_file;
    settings.road.client_key_file = leaf.key_file;
    net::CurlTransport with(driver_->executor(), settings);
    const auto good = ask(with, server->url());
    EXPECT_TRUE(good) << good.error().message();
}

}  // namespace
}  // namespace wavegate::store
