// What a re-read before a write asks for, and what it shows.
#include "tests/contract/portainer/rig.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace wavegate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string two_services() {
    return compose("      A: '1'\n") + "  side:\n    image: mcp-demo:1.0\n";
}

/// Three stacks: one of two services, one whose name begins with the other's, and one beside.
struct Around : Rig {
    Around() {
        for (const auto* name : {"a-mcp", "a-mcp_app", "b-mcp"}) {
            must(portainer.add_stack(name, two_services()));
        }
        sim.advance(5s);
    }
    SwarmView look(std::string stack, std::string service) {
        return must(sim.run(client.around(std::move(stack), std::move(service))));
    }
    static std::vector<std::string> names(const SwarmView& view) {
        std::vector<std::string> out;
        for (const auto& service : view.services) {
            out.push_back(service.name);
        }
        return out;
    }
    /// Beside the two requests by which the environment is found.
    std::vector<std::string> asked(std::string stack, std::string service) {
        must(sim.run(client.list()));
        tap.seen.clear();
        look(std::move(stack), std::move(service));
        std::vector<std::string> out;
        for (const auto& [request, body] : tap.seen) {
            out.push_back(request);
        }
        return out;
    }
    /// A service that no stack's file made.
    void add_service(const std::string& name, const std::string& label = {}) {
        auto spec = portainer.swarm().find("a-mcp_app")->spec;
        spec["Name"] = name;
        spec["Labels"] = sandbox::json::object();
        if (!label.empty()) {
            spec["Labels"].as_object()[sandbox::kNamespace] = label;
        }
        EXPECT_FALSE(portainer.swarm().create(std::move(spec)));
        sim.advance(5s);
    }
};

TEST(Around, AServiceIsSeenWithItsStackAlone) {
    Around rig;
    const auto view = rig.look("a-mcp", "a-mcp_app");
    EXPECT_THAT(Around::names(view), UnorderedElementsAre("a-mcp_app", "a-mcp_side"));
    EXPECT_EQ(view.find("a-mcp_app")->replicas, 1U);
}

TEST(Around, NoListOfAllIsAskedFor) {
    Around rig;
    const std::string docker = "GET /api/endpoints/1/docker/";
    EXPECT_THAT(
        rig.asked("a-mcp", "a-mcp_app"),
        ElementsAre(
            docker + "services?status=true&filters=%7B%22label%22%3A%5B%22"
                     "com.docker.stack.namespace%3Da-mcp%22%5D%7D"));
}

TEST(Around, AServiceOfNoStackIsSeenAlone) {
    Around rig;
    rig.add_service("lonely");
    rig.add_service("lonely-too");
    const auto view = rig.look("", "lonely");
    EXPECT_THAT(Around::names(view), ElementsAre("lonely")) << "names match by their beginning";
}

TEST(Around, AServiceOfAnotherLabelIsSeenAndTheStackAsWell) {
    Around rig;
    rig.add_service("a-mcp_odd", "elsewhere");
    EXPECT_THAT(
        Around::names(rig.look("a-mcp", "a-mcp_odd")),
        UnorderedElementsAre("a-mcp_app", "a-mcp_side", "a-mcp_odd"));
}

TEST(Around, WhatIsNotThereIsNoError) {
    Around rig;
    EXPECT_THAT(rig.look("no-mcp", "no-mcp_app").services, IsEmpty());
    EXPECT_THAT(rig.look("", "a-mcp").services, IsEmpty()) << "services' names begin so";
}

TEST(Around, AChangeIsSeenAtOnceByAReaderThatKnewTheServiceBefore) {
    Around rig;
    const auto before = rig.look("a-mcp", "a-mcp_app");
    auto service = rig.portainer.swarm().find("a-mcp_app");
    auto spec = service->spec;
    spec["TaskTemplate"].as_object()["ForceUpdate"] = 7;
    EXPECT_FALSE(rig.portainer.swarm().update(service->id, service->version, std::move(spec)));
    const auto after = rig.look("a-mcp", "a-mcp_app");
    EXPECT_EQ(after.find("a-mcp_app")->force_update, 7U);
    EXPECT_NE(after.find("a-mcp_app")->template_digest, before.find("a-mcp_app")->template_digest);
}

TEST(Around, ASickEngineIsAnErrorNotEmptiness) {
    Around rig;
    rig.must(rig.sim.run(rig.client.list()));
    rig.portainer.engine_down(true);
    const auto seen = rig.sim.run(rig.client.around("a-mcp", "a-mcp_app"));
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().effect(), Effect::None);
}

}  // namespace
}  // namespace wavegate::testing
