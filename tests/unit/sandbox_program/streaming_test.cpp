// Docker's events over the sandbox's own server.
#include "operator/sandbox/program/streaming.hpp"

#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/world.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::sandbox {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

WorldPlan one_service() {
    WorldPlan plan;
    ServicePlan service;
    service.name = "a-mcp";
    plan.services.push_back(std::move(service));
    return plan;
}

class Streaming : public ::testing::Test {
  protected:
    Streaming() { sim_.advance(5s); }
    net::ServerResponse ask(const std::string& key) {
        HttpRequest request("GET", "http://portainer.arpa/api/endpoints/1/docker/events");
        request.headers.add("X-API-Key", key);
        EXPECT_TRUE(is_endless(request));
        return sim_.run(answer_endless(transport_, beside_, std::move(request)));
    }
    void change() {
        auto& swarm = world_.portainer.swarm();
        const auto service = swarm.find(swarm_name("a-mcp"));
        auto spec = service->spec;
        EXPECT_FALSE(swarm.update(service->id, service->version, std::move(spec)));
    }

    testing::Simulation sim_;
    World world_{sim_.executor(), sim_.clock, one_service()};
    MemoryTransport transport_{world_.network};
    TaskGroup beside_{sim_.executor()};
};

TEST_F(Streaming, GivesEventsAsTheyComeAndEndsWithItsClient) {
    auto response = ask(secrets::kPortainerKey);
    EXPECT_EQ(response.status, 200);
    ASSERT_TRUE(response.stream);
    change();
    const auto piece = sim_.run(response.stream());
    ASSERT_TRUE(piece && *piece);
    EXPECT_THAT(**piece, HasSubstr("\"Type\":\"service\""));
    EXPECT_EQ(world_.portainer.event_streams(), 1U);
    response.stream = nullptr;
    sim_.settle();
    EXPECT_EQ(beside_.size(), 0U);
    change();
    EXPECT_EQ(world_.portainer.event_streams(), 0U);
}

TEST_F(Streaming, EndsWhenTheWorldEndsIt) {
    auto response = ask(secrets::kPortainerKey);
    world_.portainer.cut_events();
    const auto piece = sim_.run(response.stream());
    ASSERT_TRUE(piece);
    EXPECT_FALSE(*piece);
}

TEST_F(Streaming, ARefusalIsAnAnswerLikeAnyOther) {
    const auto response = ask("another");
    EXPECT_EQ(response.status, 401);
    EXPECT_FALSE(response.stream);
}

}  // namespace
}  // namespace wavegate::sandbox
