#include "operator/net/curl_transport.hpp"

#include "tests/unit/net/raw_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace wavegate::testing {
namespace {

const std::string kGood = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class CurlTransportTest : public ::testing::Test {
  protected:
    Result<HttpResponse> send(HttpRequest request) {
        std::optional<Result<HttpResponse>> got;
        auto task = [](Transport& over, HttpRequest sent, std::optional<Result<HttpResponse>>& out)
            -> asio::awaitable<void> { out = co_await over.send(std::move(sent)); };
        TaskGroup group(io.get_executor());
        group.spawn("send", task(transport, std::move(request), got));
        run_until(io, [&] { return got.has_value(); });
        return std::move(*got);
    }

    /// Notes each request and gives it the answer; the connection stays open.
    RawServer::Talk says(std::string answer) {
        return
            [this, answer](RawConnection& connection) { return keep_saying(connection, answer); };
    }
    asio::awaitable<void> keep_saying(RawConnection& connection, std::string answer) {
        for (auto request = co_await connection.read_request(); !request.empty();) {
            server->requests.push_back(request);
            co_await connection.write(answer);
            request = co_await connection.read_request();
        }
    }
    /// Notes one request, gives one answer and closes.
    RawServer::Talk says_once(std::string answer) {
        return [this, answer](RawConnection& connection) { return say(connection, answer); };
    }
    asio::awaitable<void> say(RawConnection& connection, std::string answer) {
        server->requests.push_back(co_await connection.read_request());
        co_await connection.write(answer);
    }

    void serve(RawServer::Talk talk) { server.emplace(io, std::move(talk)); }

    asio::io_context io;
    net::CurlTransport transport{io.get_executor()};
    std::optional<RawServer> server;
};

TEST_F(CurlTransportTest, ReadsShareAConnection) {
    serve(says(kGood));
    ASSERT_TRUE(send(HttpRequest("GET", server->url("/a"))));
    ASSERT_TRUE(send(HttpRequest("GET", server->url("/b"))));
    EXPECT_EQ(server->connections, 1);
}

TEST_F(CurlTransportTest, AWriteIsNeverSentTwiceWhenAKeptConnectionBreaks) {
    auto talk = [this](RawConnection& connection) -> asio::awaitable<void> {
        server->requests.push_back(co_await connection.read_request());
        if (server->requests.back().starts_with("GET")) {
            co_await connection.write(kGood);
            server->requests.push_back(co_await connection.read_request());
        }
    };
    serve(talk);
    ASSERT_TRUE(send(HttpRequest("GET", server->url("/a"))));
    const auto result = send(HttpRequest("POST", server->url("/b")));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
    const auto posts = std::count_if(
        server->requests.begin(), server->requests.end(), [](const std::string& request) {
            return request.starts_with("POST");
        });
    EXPECT_EQ(posts, 1);
}

TEST_F(CurlTransportTest, AddsNoHeaderThatNobodyAskedFor) {
    serve(says(kGood));
    HttpRequest request("POST", server->url("/a"));
    request.body = std::string(3000, 'x');
    ASSERT_TRUE(send(std::move(request)));
    EXPECT_EQ(server->requests[0].find("Content-Type"), std::string::npos);
    EXPECT_EQ(server->requests[0].find("Expect"), std::string::npos);
}

TEST_F(CurlTransportTest, APostWithoutABodySaysSo) {
    serve(says(kGood));
    ASSERT_TRUE(send(HttpRequest("POST", server->url("/a"))));
    EXPECT_NE(server->requests[0].find("Content-Length: 0\r\n"), std::string::npos);
}

TEST_F(CurlTransportTest, SendsMethodPathBodyAndHeadersAsTheyAre) {
    serve(says(kGood));
    HttpRequest request("DELETE", server->url("/a/../b?x=%2F"));
    request.headers.add("X-Empty", "");
    request.headers.add("X-Two", "1");
    request.headers.add("X-Two", "2");
    request.body = "{}";
    ASSERT_TRUE(send(std::move(request)));
    const auto& sent = server->requests[0];
    EXPECT_TRUE(sent.starts_with("DELETE /a/../b?x=%2F HTTP/1.1\r\n")) << sent;
    EXPECT_NE(sent.find("X-Empty:\r\n"), std::string::npos) << sent;
    EXPECT_NE(sent.find("X-Two: 1\r\nX-Two: 2\r\n"), std::string::npos) << sent;
    EXPECT_TRUE(sent.ends_with("\r\n\r\n{}")) << sent;
}

TEST_F(CurlTransportTest, DoesNotFollowARedirect) {
    serve(says("HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 307);
    EXPECT_EQ(server->requests.size(), 1U);
}

TEST_F(CurlTransportTest, AnInterimAnswerIsNotTheAnswer) {
    serve(says("HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\n" + kGood));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 200);
    EXPECT_FALSE(result->headers.get("X-A"));
}

TEST_F(CurlTransportTest, AnAnswerCutInItsHeadIsTruncated) {
    serve(says_once("HTTP/1.1 200 OK\r\nContent-Le"));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Protocol);
}

TEST_F(CurlTransportTest, AChunkedAnswerCutInTheMiddleIsTruncated) {
    serve(says_once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Protocol);
}

TEST_F(CurlTransportTest, WhatIsNotHttpIsAProtocolError) {
    serve(says_once("SSH-2.0-OpenSSH\r\n"));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Protocol);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
}

TEST_F(CurlTransportTest, EndlessHeadersAreRefused) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 3000; ++i) {
        head += "X-Filler: " + std::string(100, 'x') + "\r\n";
    }
    serve(says_once(head + "\r\n"));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Protocol);
}

TEST_F(CurlTransportTest, NothingIsSentWithoutATrustedPeer) {
    auto talk = [](RawConnection& connection) -> asio::awaitable<void> {
        co_await connection.wait_readable();
        co_await connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    };
    serve(talk);
    auto url = server->url("/a");
    url.insert(4, "s");
    const auto result = send(HttpRequest("POST", url));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(result.error().effect(), Effect::None);
}

TEST_F(CurlTransportTest, OtherSchemesAreInvalid) {
    for (const auto* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "nonsense", "http://"}) {
        const auto result = send(HttpRequest("GET", url));
        ASSERT_FALSE(result) << url;
        EXPECT_EQ(result.error().kind(), ErrorKind::Invalid) << url;
    }
}

TEST_F(CurlTransportTest, TheEnvironmentNamesNoProxy) {
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    serve(says(kGood));
    const auto result = send(HttpRequest("GET", server->url("/a")));
    unsetenv("http_proxy");
    EXPECT_TRUE(result);
}

TEST_F(CurlTransportTest, AnUnknownNameMeansNothingWasSent) {
    const auto result = send(HttpRequest("GET", "http://does-not-exist.invalid/"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(result.error().effect(), Effect::None);
}

asio::awaitable<void> send_and_note(Transport& transport, std::string url, int& good, int& bad) {
    HttpRequest request("GET", std::move(url));
    if (auto result = co_await transport.send(std::move(request))) {
        ++good;
    } else {
        ++bad;
    }
}

TEST_F(CurlTransportTest, ManyAtOnceWithCancellationsLeaveNothingBehind) {
    serve(says(kGood));
    int good = 0;
    int bad = 0;
    TaskGroup kept(io.get_executor());
    TaskGroup cancelled(io.get_executor());
    for (int i = 0; i < 200; ++i) {
        auto& group = i % 5 == 0 ? cancelled : kept;
        group.spawn("send", send_and_note(transport, server->url("/a"), good, bad));
    }
    run_until(io, [&] { return server->requests.size() >= 20; });
    cancelled.cancel();
    run_until(io, [&] { return kept.size() + cancelled.size() == 0; });
    EXPECT_EQ(good + bad, 200);
    EXPECT_GE(good, 160);
    EXPECT_TRUE(send(HttpRequest("GET", server->url("/a"))));
}

TEST(CurlTransportLifetime, AContextMayEndInTheMiddleOfATransfer) {
    int good = 0;
    int bad = 0;
    int answered = 0;
    {
        asio::io_context io;
        auto talk = [](RawConnection& connection) { return connection.hang(); };
        RawServer server(io, talk);
        net::CurlTransport transport(io.get_executor());
        TaskGroup group(io.get_executor());
        group.spawn("send", send_and_note(transport, server.url("/a"), good, bad));
        group.spawn("send", send_and_note(transport, "http://no.invalid/", good, bad));
        run_until(io, [&] { return server.connections > 0; });
        answered = bad;
    }
    EXPECT_EQ(good, 0);
    // A quick resolver may have said "no such host" by then; the end itself answers nobody.
    EXPECT_LE(answered, 1);
    EXPECT_EQ(bad, answered);
}

}  // namespace
}  // namespace wavegate::testing
