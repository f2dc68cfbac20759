#include "tests/unit/net/server_stage.hpp"

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, HandsOverMethodUrlHeadersAndBody) {
    auto peer = client();
    peer.say("PUT /a?b=c HTTP/1.1\r\nHost: wave.gate\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n{}");
    ASSERT_TRUE(peer.hears("hello"));
    EXPECT_EQ(requests[0].method, "PUT");
    EXPECT_EQ(requests[0].url, "http://wave.gate/a?b=c");
    EXPECT_EQ(requests[0].headers.get("x-a"), "1");
    EXPECT_EQ(requests[0].body, "{}");
    EXPECT_NE(peer.heard.find("Content-Length: 5"), std::string::npos) << peer.heard;
    EXPECT_NE(peer.heard.find("Content-Type: text/plain"), std::string::npos) << peer.heard;
}

TEST_F(ServerTest, KeepsAConnectionForTheNextRequest) {
    auto peer = client();
    peer.say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(peer.hears("hello"));
    peer.heard.clear();
    peer.say("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(peer.hears("hello"));
    EXPECT_EQ(server().connections(), 1U);
}

TEST_F(ServerTest, AnswersTwoRequestsThatCameTogether) {
    auto peer = client();
    peer.say(
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: "
        "close\r\n\r\n");
    ASSERT_TRUE(peer.is_hung_up_on());
    EXPECT_EQ(requests.size(), 2U);
}

TEST_F(ServerTest, ClosesWhenAskedTo) {
    auto peer = client();
    peer.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(peer.is_hung_up_on());
    EXPECT_NE(peer.heard.find("hello"), std::string::npos);
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
    auto peer = client();
    peer.say("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(peer.is_hung_up_on());
    EXPECT_NE(peer.heard.find("Content-Length: 5"), std::string::npos);
    EXPECT_EQ(peer.heard.find("hello"), std::string::npos);
}

TEST_F(ServerTest, RefusesABodyOverTheLimit) {
    settings.body_limit = 10;
    auto peer = client();
    peer.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n12345678901");
    ASSERT_TRUE(peer.hears(" 413 "));
    peer.leave();
    EXPECT_TRUE(requests.empty());
}

TEST_F(ServerTest, RefusesAHeadOverTheLimit) {
    settings.header_limit = 1000;
    auto peer = client();
    peer.say("GET / HTTP/1.1\r\nX-A: " + std::string(2000, 'x') + "\r\n\r\n");
    ASSERT_TRUE(peer.hears(" 431 "));
    EXPECT_TRUE(requests.empty());
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
    auto peer = client();
    peer.say("\x16\x03\x01 hello\r\n\r\n");
    ASSERT_TRUE(peer.hears(" 400 "));
    EXPECT_TRUE(requests.empty());
}

TEST_F(ServerTest, HangsUpOnAnIdleClient) {
    settings.idle = 20ms;
    auto peer = client();
    EXPECT_TRUE(peer.is_hung_up_on());
}

TEST_F(ServerTest, HangsUpOnARequestThatNeverEnds) {
    settings.transfer = 20ms;
    auto peer = client();
    peer.say("GET / HTTP/1.1\r\n");
    EXPECT_TRUE(peer.is_hung_up_on());
    EXPECT_TRUE(requests.empty());
}

TEST_F(ServerTest, AHandlersExceptionIsA500WithoutItsText) {
    auto peer = client();
    peer.say("GET /throws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(peer.is_hung_up_on());
    EXPECT_NE(peer.heard.find(" 500 "), std::string::npos);
    EXPECT_EQ(peer.heard.find("details"), std::string::npos);
}

TEST_F(ServerTest, StreamsPieceByPiece) {
    pieces = 2;
    auto peer = client();
    peer.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(peer.is_hung_up_on());
    EXPECT_NE(
        peer.heard.find("6\r\nfirst;\r\n6\r\npiece;\r\n6\r\npiece;\r\n0\r\n\r\n"),
        std::string::npos)
        << peer.heard;
}

TEST_F(ServerTest, AStreamEndsWhenItsClientLeaves) {
    stream_waits = true;
    auto peer = client();
    peer.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(peer.hears("first;"));
    peer.leave();
    EXPECT_TRUE(run_until(io, [&] { return server().connections() == 0; }));
    EXPECT_TRUE(stream_was_cancelled);
}

TEST_F(ServerTest, StopEndsIdleConnectionsAndStreamsAtOnce) {
    settings.grace = 1h;
    stream_waits = true;
    auto idle = client();
    auto streaming = client();
    idle.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    streaming.say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(idle.hears("hello"));
    ASSERT_TRUE(streaming.hears("first;"));
    EXPECT_TRUE(stop());
    EXPECT_EQ(server().connections(), 0U);
    EXPECT_TRUE(streaming.is_hung_up_on());
    EXPECT_NE(streaming.heard.find("0\r\n\r\n"), std::string::npos) << "a proper end";
}

TEST_F(ServerTest, StopLetsABusyHandlerFinish) {
    auto peer = client();
    peer.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(run_until(io, [&] { return !requests.empty(); }));
    EXPECT_TRUE(stop());
    EXPECT_TRUE(peer.is_hung_up_on());
    EXPECT_NE(peer.heard.find("hello"), std::string::npos);
}

TEST_F(ServerTest, StopGivesUpOnAHandlerAfterTheGrace) {
    slow = 1h;
    settings.grace = 20ms;
    auto peer = client();
    peer.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(run_until(io, [&] { return !requests.empty(); }));
    EXPECT_TRUE(stop());
    EXPECT_TRUE(peer.is_hung_up_on());
    EXPECT_EQ(peer.heard, "");
}

TEST_F(ServerTest, WhoConnectsBeforeItServesWaits) {
    server_.emplace(
        io.get_executor(), [this](const HttpRequest& head) { return admit(head); }, settings);
    port = server_->bind("127.0.0.1:0").value();
    RawClient early(io, port);
    early.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    io.restart();
    io.poll();
    EXPECT_TRUE(requests.empty());
    server_->serve();
    EXPECT_TRUE(early.hears("hello"));
}

TEST_F(ServerTest, AfterAStopNobodyListens) {
    server();
    EXPECT_TRUE(stop());
    EXPECT_THROW(client(), boost::system::system_error);
}

TEST_F(ServerTest, SaysWhatIsWrongWithAnAddress) {
    for (const auto* address : {"", "8080", "localhost:80", "127.0.0.1:", "127.0.0.1:99999"}) {
        const auto result = server().listen(address);
        ASSERT_FALSE(result) << address;
        EXPECT_EQ(result.error().kind(), ErrorKind::Invalid) << address;
    }
    net::Server other(
        io.get_executor(), [this](HttpRequest request) { return handle(std::move(request)); });
    const auto taken = other.listen("127.0.0.1:" + std::to_string(port));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind(), ErrorKind::Unavailable);
}

TEST_F(ServerTest, ServesCurl) {
    server();
    net::CurlTransport transport(io.get_executor());
    std::optional<Result<HttpResponse>> got;
    auto task = [](Transport& over,
                   std::string url,
                   std::optional<Result<HttpResponse>>& out) -> asio::awaitable<void> {
        HttpRequest request("POST", std::move(url));
        request.body = std::string(100'000, 'x');
        out = co_await over.send(std::move(request));
    };
    TaskGroup group(io.get_executor());
    group.spawn("send", task(transport, "http://127.0.0.1:" + std::to_string(port) + "/a", got));
    ASSERT_TRUE(run_until(io, [&] { return got.has_value(); }));
    ASSERT_TRUE(*got) << got->error().message();
    EXPECT_EQ((*got)->body, "hello");
    EXPECT_EQ(requests[0].body.size(), 100'000U);
}

}  // namespace
}  // namespace wavegate::testing
