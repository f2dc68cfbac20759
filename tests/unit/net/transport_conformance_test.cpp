#include "tests/unit/net/transport_stage.hpp"

#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using MakeStage = std::unique_ptr<TransportStage> (*)();

/// What ports/transport.hpp promises, over every transport there is.
class TransportConformance : public ::testing::TestWithParam<MakeStage> {
  protected:
    Result<HttpResponse> send(Scene scene, HttpRequest request = HttpRequest("POST", "/x")) {
        return stage->send(scene, std::move(request), false);
    }
    std::unique_ptr<TransportStage> stage = GetParam()();
};

void expect_error(const Result<HttpResponse>& result, ErrorKind kind, Effect effect) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), kind) << result.error().message();
    EXPECT_EQ(result.error().effect(), effect) << result.error().message();
    EXPECT_FALSE(result.error().message().empty());
}

TEST_P(TransportConformance, GivesStatusHeadersAndBody) {
    const auto result = send(Scene::Answers, HttpRequest("PUT", "/x"));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(result->body, "hello");
    EXPECT_EQ(result->headers.get("x-seen"), "PUT");
    EXPECT_EQ(stage->handled(), 1);
}

TEST_P(TransportConformance, AnHttpErrorIsAnAnswer) {
    const auto result = send(Scene::Unavailable);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->status, 503);
}

TEST_P(TransportConformance, SecretHeadersArriveAsHeaders) {
    HttpRequest request("GET", "/x");
    request.secret_headers.emplace_back("X-Secret", make_secret("12345"));
    const auto result = send(Scene::Answers, std::move(request));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->headers.get("X-Secret-Size"), "5");
}

TEST_P(TransportConformance, AnAnswerToHeadHasNoBody) {
    const auto result = send(Scene::Answers, HttpRequest("HEAD", "/x"));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_TRUE(result->body.empty());
}

TEST_P(TransportConformance, RefusedMeansNothingWasSent) {
    expect_error(send(Scene::Refuses), ErrorKind::Unavailable, Effect::None);
    EXPECT_EQ(stage->handled(), 0);
}

TEST_P(TransportConformance, ACutBeforeTheServerReadIsNotKnownToBeHarmless) {
    expect_error(send(Scene::LosesRequest), ErrorKind::Unavailable, Effect::Maybe);
    EXPECT_EQ(stage->handled(), 0);
}

TEST_P(TransportConformance, ALostReplyMayHaveHadAnEffect) {
    expect_error(send(Scene::LosesReply), ErrorKind::Unavailable, Effect::Maybe);
    EXPECT_EQ(stage->handled(), 1);
}

TEST_P(TransportConformance, HalfAnAnswerIsNoAnswer) {
    expect_error(send(Scene::Truncates), ErrorKind::Protocol, Effect::Maybe);
    EXPECT_EQ(stage->handled(), 1);
}

TEST_P(TransportConformance, AnAnswerOverTheLimitIsRefused) {
    HttpRequest request("POST", "/x");
    request.response_limit = 4;
    expect_error(send(Scene::Answers, std::move(request)), ErrorKind::Protocol, Effect::Maybe);
}

TEST_P(TransportConformance, AnAnswerAtTheLimitIsGood) {
    HttpRequest request("POST", "/x");
    request.response_limit = 5;
    EXPECT_TRUE(send(Scene::Answers, std::move(request)));
}

TEST_P(TransportConformance, ADeadlineEndsTheWaitButNotTheRequest) {
    const auto result = stage->send_within_deadline(Scene::Hangs, HttpRequest("POST", "/x"));
    expect_error(result, ErrorKind::Timeout, Effect::Maybe);
    EXPECT_EQ(stage->handled(), 1);
}

TEST_P(TransportConformance, ADeadlineThatIsKeptChangesNothing) {
    const auto result = stage->send_within_deadline(Scene::Answers, HttpRequest("POST", "/x"));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->body, "hello");
}

TEST_P(TransportConformance, ACancelledSenderIsToldSoAndTheRequestLands) {
    const auto result = stage->send(Scene::Hangs, HttpRequest("POST", "/x"), true);
    expect_error(result, ErrorKind::Cancelled, Effect::Maybe);
    EXPECT_EQ(stage->handled(), 1);
}

TEST_P(TransportConformance, EnoughEndsAStreamAsAGoodAnswer) {
    HttpRequest request("GET", "/x");
    request.enough = [](std::string_view body) { return body.ends_with("data: 2\n\n"); };
    const auto result = send(Scene::Streams, std::move(request));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->body, "data: 1\n\ndata: 2\n\n");
}

TEST_P(TransportConformance, AStreamIsGivenPieceByPieceUntilWhoTakesItHasEnough) {
    std::vector<std::string> pieces;
    std::string all;
    HttpRequest request("GET", "/x");
    request.response_limit = 4;
    request.each = [&](std::string_view piece) {
        pieces.emplace_back(piece);
        all += piece;
        return all.find("data: 2\n\n") == std::string::npos;
    };
    const auto result = send(Scene::Streams, std::move(request));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(result->body, "") << "nothing is kept";
    ASSERT_GE(pieces.size(), 2U);
    EXPECT_EQ(pieces.front(), "") << "the head has come";
    EXPECT_TRUE(all.starts_with("data: 1\n\ndata: 2\n\n"));
}

TEST_P(TransportConformance, ARefusalOfAStreamComesWhole) {
    int pieces = 0;
    HttpRequest request("GET", "/x");
    request.each = [&](std::string_view /*piece*/) { return ++pieces > 0; };
    const auto result = send(Scene::Unavailable, std::move(request));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->body, "hello");
    EXPECT_EQ(pieces, 0);
}

TEST_P(TransportConformance, TheHeadOfAGoodAnswerIsEnoughWhereNothingElseIsWanted) {
    HttpRequest request("POST", "/x");
    request.head_is_enough = true;
    const auto result = stage->send_within_deadline(Scene::Opens, std::move(request));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(stage->handled(), 1);
}

TEST_P(TransportConformance, AnotherAnswerThanAGoodOneComesWhole) {
    HttpRequest request("POST", "/x");
    request.head_is_enough = true;
    const auto result = send(Scene::Unavailable, std::move(request));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->status, 503);
    EXPECT_EQ(result->body, "hello");
}

TEST_P(TransportConformance, AHeaderCannotSmuggleAnotherOne) {
    HttpRequest request("GET", "/x");
    request.headers.add("X-A", "1\r\nX-B: 2");
    expect_error(send(Scene::Answers, std::move(request)), ErrorKind::Invalid, Effect::None);
    EXPECT_EQ(stage->handled(), 0);
}

INSTANTIATE_TEST_SUITE_P(InMemory, TransportConformance, ::testing::Values(&memory_stage));
INSTANTIATE_TEST_SUITE_P(OverCurl, TransportConformance, ::testing::Values(&curl_stage));

}  // namespace
}  // namespace wavegate::testing
