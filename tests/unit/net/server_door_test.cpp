#include "tests/unit/net/server_stage.hpp"

#include <deque>
#include <initializer_list>
#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, AnIdleConnectionGivesWayToANewOne) {
    settings.connections = 1;
    auto first = client();
    first.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(first.hears("hello"));
    auto second = client();
    second.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(second.hears("hello"));
    EXPECT_TRUE(first.is_hung_up_on());
}

TEST_F(ServerTest, WhileAllAreKnownAndServedNewOnesWait) {
    settings.connections = 1;
    auto first = client();
    first.say("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(run_until(io, [&] { return requests.size() == 1; }));
    auto second = client();
    second.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(second.hears("hello"));
    EXPECT_NE(first.heard.find("hello"), std::string::npos) << "it was answered before";
}

TEST_F(ServerTest, AHalfSentHeadGivesWay) {
    settings.connections = 2;
    auto first = client();
    first.say("GET / HTTP/1.1\r\nHo");
    auto second = client();
    second.say("G");
    auto good = client();
    good.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(good.hears("hello"));
    EXPECT_TRUE(first.is_hung_up_on()) << "the eldest";
}

TEST_F(ServerTest, AStrangersAnswerThatIsNotReadGivesWay) {
    settings.connections = 2;
    strangers = true;
    stream_waits = true;
    auto one = client();
    auto two = client();
    for (auto* peer : {&one, &two}) {
        peer->say("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        ASSERT_TRUE(peer->hears("first;"));
    }
    auto good = client();
    good.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(good.hears("hello"));
    EXPECT_TRUE(one.is_hung_up_on());
    EXPECT_FALSE(two.closed);
}

TEST_F(ServerTest, KnownOnesLeaveRoomForOthers) {
    settings.known = 1;
    slow = 1h;
    auto busy = client();
    busy.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(run_until(io, [&] { return requests.size() == 1; }));
    auto known = client();
    known.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(known.hears(" 503 "));
    strangers = true;
    auto stranger = client();
    stranger.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(stranger.hears("hello"));
}

TEST_F(ServerTest, RefusesByTheHeadBeforeTheBodyHasCome) {
    strangers = true;
    auto peer = client();
    peer.say("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    ASSERT_TRUE(peer.hears(" 401 "));
    EXPECT_NE(peer.heard.find("Connection: close"), std::string::npos) << peer.heard;
    EXPECT_TRUE(requests.empty());
    peer.leave();
    auto second = client();
    second.say("GET /refused HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(second.hears(" 401 "));
    second.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(second.hears("hello")) << "nothing else was on its way";
}

TEST_F(ServerTest, ReadsABodyPieceByPieceWhereItIsNotKept) {
    strangers = true;
    auto peer = client();
    peer.say("POST /tasted HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 4; ++i) {
        peer.say("a000\r\n" + std::string(0xa000, 'x') + "\r\n");
    }
    peer.say("0\r\nX-Trailer: a\r\n\r\n");
    ASSERT_TRUE(peer.hears("hello"));
    EXPECT_EQ(requests[0].body, "");
    EXPECT_EQ(tasted, 4 * 0xa000U);

    auto large = client();
    large.say("POST /tasted HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    large.say("30000\r\n" + std::string(0x30000, 'x'));
    ASSERT_TRUE(large.hears(" 413 "));
    large.leave();
    EXPECT_EQ(requests.size(), 1U);
}

TEST_F(ServerTest, AnswersAnExpectationBeforeTheBodyIsSent) {
    auto peer = client();
    peer.say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    ASSERT_TRUE(peer.hears("HTTP/1.1 100 Continue\r\n\r\n"));
    peer.say("{}");
    ASSERT_TRUE(peer.hears("hello"));
    EXPECT_EQ(requests[0].body, "{}");

    strangers = true;
    auto refused = client();
    refused.say(
        "POST /refused HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
        "\r\n");
    ASSERT_TRUE(refused.hears(" 401 "));
    EXPECT_EQ(refused.heard.find(" 100 "), std::string::npos);
}

TEST_F(ServerTest, RefusesADoubtfulHeadAndHangsUp) {
    server();
    std::deque<RawClient> peers;
    for (const auto& [head, status] : std::initializer_list<std::pair<std::string, std::string>>{
             {"GET / HTTP/1.1\r\n", " 400 "},
             {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n", " 400 "},
             {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n", " 400 "},
             {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n", " 501 "},
             {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
              " 400 "},
             {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
              " 400 "},
             {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n", " 400 "},
             {"POST / HTTP/1.1\r\nHost: x\r\nExpect: more\r\n", " 417 "}}) {
        auto& peer = peers.emplace_back(io, port);
        // Were it to be taken for a body that ended, the second request would be answered.
        peer.say(head + "\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_TRUE(peer.hears(status)) << head << peer.heard;
        peer.leave();
    }
    EXPECT_TRUE(requests.empty());
}

}  // namespace
}  // namespace wavegate::testing
