#include "operator/base/task_group.hpp"
#include "tests/unit/serve/stage.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Reads a stream as the server does, one piece after the other.
class Reader {
  public:
    Reader(Simulation& sim, net::NextPiece next) : group_(sim.executor()) {
        group_.spawn("reader", read(std::move(next), &pieces));
    }

    std::vector<std::string> pieces;

  private:
    static asio::awaitable<void> read(net::NextPiece next, std::vector<std::string>* into) {
        while (true) {
            auto piece = co_await next();
            if (!piece || !*piece) {
                co_return;
            }
            into->push_back(std::move(**piece));
        }
    }
    TaskGroup group_;
};

TEST(Stream, BeginsWithTheStatusAsItIs) {
    Stage stage;
    const auto response = stage.get("/api/v1/stream");

    EXPECT_EQ(header(response, "Content-Type"), "text/event-stream");
    EXPECT_THAT(response.body, StartsWith("event: status\ndata: {"));
    EXPECT_THAT(response.body, HasSubstr("\n\nevent: events\ndata: {\"items\":["));
    EXPECT_TRUE(response.body.ends_with("\n\n"));
    EXPECT_TRUE(response.stream);
}

TEST(Stream, TellsOfEveryPass) {
    Stage stage;
    Reader reader(stage.sim, stage.get("/api/v1/stream").stream);
    stage.sim.settle();
    EXPECT_THAT(reader.pieces, IsEmpty());

    stage.publish(halted_view());
    stage.sim.settle();
    EXPECT_THAT(
        reader.pieces,
        ElementsAre(
            ::testing::AllOf(StartsWith("event: status\n"), HasSubstr(R"("standing":"Halted")"))));
}

TEST(Stream, TellsEveryReader) {
    Stage stage;
    Reader one(stage.sim, stage.get("/api/v1/stream").stream);
    Reader two(stage.sim, stage.get("/api/v1/stream").stream);
    stage.sim.settle();
    stage.publish(halted_view());
    stage.sim.settle();

    EXPECT_EQ(one.pieces.size(), 1U);
    EXPECT_EQ(two.pieces.size(), 1U);
}

TEST(Stream, SkipsToTheNewestWhenPassesComeFast) {
    Stage stage;
    Reader reader(stage.sim, stage.get("/api/v1/stream").stream);
    stage.sim.settle();
    for (int i = 0; i < 10; ++i) {
        auto next = sample_view();
        next.passes = 100 + static_cast<std::uint64_t>(i);
        stage.publish(next);
        stage.sim.advance(10ms);
    }
    stage.sim.advance(1s);

    ASSERT_EQ(reader.pieces.size(), 2U);
    EXPECT_THAT(reader.pieces.back(), HasSubstr("\"passes\":109"));
}

TEST(Stream, BeatsWhenNothingHappens) {
    Stage stage;
    Reader reader(stage.sim, stage.get("/api/v1/stream").stream);
    stage.sim.advance(14s);
    EXPECT_THAT(reader.pieces, IsEmpty());
    stage.sim.advance(17s);
    EXPECT_THAT(reader.pieces, ElementsAre(": heartbeat\n\n", ": heartbeat\n\n"));
}

TEST(Stream, FollowsTheControllersBell) {
    Stage stage;
    Doorbell bell;
    TaskGroup group(stage.sim.executor());
    group.spawn("follow", stage.api.follow(bell));
    Reader reader(stage.sim, stage.get("/api/v1/stream").stream);
    stage.sim.settle();
    bell.ring();
    stage.sim.settle();
    EXPECT_EQ(reader.pieces.size(), 1U);

    group.cancel();
    stage.sim.run(group.join());
}

TEST(Stream, OnlySoManyAreOpenAtOnce) {
    auto few = Stage::settings();
    few.streams = 1;
    Stage stage(std::move(few));
    auto first = stage.get("/api/v1/stream");
    EXPECT_EQ(stage.get("/api/v1/stream").status, 503);

    HttpRequest known("GET", Stage::kHost + "/api/v1/stream");
    known.headers.set("Authorization", "Bearer the-token");
    const auto second = stage.send(known);
    EXPECT_EQ(second.status, 200) << "strangers do not take them from those who are known";
    EXPECT_EQ(stage.send(known).status, 503);

    first.stream = nullptr;
    EXPECT_EQ(stage.get("/api/v1/stream").status, 200);
}

}  // namespace
}  // namespace wavegate::testing
