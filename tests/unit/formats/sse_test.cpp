#include "operator/formats/sse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> data_of(std::string_view body) {
    std::vector<std::string> all;
    for (const SseEvent& event : parse_sse(body)) {
        all.push_back(event.data);
    }
    return all;
}

TEST(ParseSse, GivesTheEventsOfAnMcpAnswerInOrder) {
    const auto events = parse_sse(
        ": ping - 2026-11-24 06:17:19.323381+00:00\r\n\r\n"
        "event: message\r\ndata: {\"method\":\"notifications/message\"}\r\n\r\n"
        "event: message\r\ndata: {\"id\":7}\r\n\r\n");

    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].event, "message");
    EXPECT_EQ(events[0].data, R"({"method":"notifications/message"})");
    EXPECT_EQ(events[1].data, R"({"id":7})");
}

TEST(ParseSse, EndsLinesAtCrLfOrBoth) {
    EXPECT_THAT(data_of("data: a\r\rdata: b\n\ndata: c\r\n\r\n"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(data_of("data: a\r\n\ndata: b\r\r\n"), ElementsAre("a", "b"));
}

TEST(ParseSse, JoinsDataLines) {
    EXPECT_THAT(data_of("data: a\ndata:\ndata: b\n\n"), ElementsAre("a\n\nb"));
}

TEST(ParseSse, StripsOneBlankAfterTheColon) {
    EXPECT_THAT(data_of("data:a\n\ndata:  a:b\n\n"), ElementsAre("a", " a:b"));
}

TEST(ParseSse, DropsAnUnfinishedLastEvent) {
    EXPECT_THAT(data_of("data: a\n\ndata: b\n"), ElementsAre("a"));
    EXPECT_THAT(data_of("data: a"), IsEmpty());
}

TEST(ParseSse, DropsEventsWithoutData) {
    EXPECT_THAT(data_of("event: x\n\n\n\nid: 1\ndata:\n\ndata\n\n"), IsEmpty());
}

TEST(ParseSse, ForgetsTheNameOfADroppedEvent) {
    const auto events = parse_sse("event: x\n\ndata: a\n\n");

    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].event, "message");
}

TEST(ParseSse, KeepsTheIdUntilAnotherIsGiven) {
    using namespace std::string_view_literals;
    const auto events =
        parse_sse("id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n"sv);

    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(events[0].id, "1");
    EXPECT_EQ(events[1].id, "1");
    EXPECT_EQ(events[2].id, "1") << "an id with a NUL is ignored";
    EXPECT_EQ(events[3].id, "");
}

TEST(ParseSse, SkipsCommentsRetryAndUnknownFields) {
    EXPECT_THAT(
        data_of(":\n:data: x\nretry: 10\nDATA: y\ndata : z\ndata: a\n\n"), ElementsAre("a"));
}

TEST(ParseSse, SkipsAByteOrderMark) {
    EXPECT_THAT(
        data_of("\xEF\xBB\xBF"
                "data: a\n\n"),
        ElementsAre("a"));
}

TEST(ParseSse, FindsNothingInAnEmptyBody) {
    EXPECT_THAT(data_of(""), IsEmpty());
    EXPECT_THAT(data_of("\n\r\n\r"), IsEmpty());
}

}  // namespace
}  // namespace wavegate::formats
