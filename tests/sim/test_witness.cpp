// The witness is able to fail: a body that no permit holds is told, whatever it looks like.
#include "tests/sim/rig.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace json = boost::json;

StackWrite flip() {
    StackWrite write;
    write.stack_id = 3;
    write.stack = "a-mcp";
    write.deploys = std::string("services: {}\n");
    write.env = {{"AUTH_TYPE", make_secret("jwt")}, {"OWN", make_secret("theirs")}};
    return write;
}

class WitnessTest : public ::testing::Test {
  protected:
    std::vector<std::string> told_;
    Witness witness_{[this](const std::string& what) { told_.push_back(what); }};

    void put(const std::string& body, const std::string& path = "/api/stacks/3?endpointId=1") {
        HttpRequest request("PUT", "http://portainer.test" + path);
        request.body = body;
        witness_.sent(request);
    }
    static std::string body() { return json::serialize(bodies_of(flip()).front().content); }
};

TEST_F(WitnessTest, HearsNothingOfReads) {
    witness_.sent(HttpRequest("GET", "http://portainer.test/api/stacks"));
    EXPECT_THAT(told_, IsEmpty());
}

TEST_F(WitnessTest, TellsAWriteWithoutAPermit) {
    put(body());
    EXPECT_THAT(told_, ElementsAre("PUT /api/stacks/3 stands in no permit"));
}

TEST_F(WitnessTest, TellsAWriteAfterItsPermitWasUsedUp) {
    {
        const Witness::Leave leave(witness_, flip());
        put(body());
        EXPECT_THAT(told_, IsEmpty());
        EXPECT_EQ(witness_.compared(), 1U);
    }
    put(body());
    EXPECT_EQ(told_.size(), 1U);
}

TEST_F(WitnessTest, TellsABodyThatIsAnotherInAnyPart) {
    const Witness::Leave leave(witness_, flip());
    auto other = json::parse(body()).as_object();
    other["prune"] = true;
    put(json::serialize(other));
    other = json::parse(body()).as_object();
    auto& env = other.at("env").as_array();
    std::swap(env.at(0), env.at(1));
    put(json::serialize(other));
    other = json::parse(body()).as_object();
    other["registries"] = json::array();
    put(json::serialize(other));
    put(body(), "/api/stacks/4?endpointId=1");
    EXPECT_EQ(told_.size(), 4U);
}

TEST_F(WitnessTest, TellsWhatIsSentOutOfItsOrder) {
    VaultWrite write;
    write.path = "mux/oidc";
    write.marks.emplace();
    const Witness::Leave leave(witness_, write);
    const auto send = [&](const Witness::Body& body) {
        HttpRequest request(body.method, "http://bao.test/v1/kv" + body.path);
        request.body = json::serialize(body.content);
        witness_.sent(request);
    };
    const auto bodies = bodies_of(write);
    ASSERT_EQ(bodies.size(), 2U);
    send(bodies.at(0));
    send(bodies.at(1));
    EXPECT_THAT(told_, IsEmpty());
    send(bodies.at(0));
    EXPECT_THAT(told_, ElementsAre("POST /v1/kv/metadata/mux/oidc stands in no permit"));
}

std::size_t writes_of(const sandbox::World& world) {
    return world.portainer.writes().size() + world.keycloak.writes().size() +
           world.openbao.writes().size() + world.eunomia.writes().size();
}

TEST(Judged, IsEveryBodyThatTheWorldReceivesInAWholeRollout) {
    Rig rig(small_world({"a-mcp", "b-mcp"}), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    const auto before = writes_of(rig.world);
    ASSERT_TRUE(rig.until_standing("Converged")) << rig.story();
    const auto writes = writes_of(rig.world) - before;
    EXPECT_GE(writes, 5U) << "a client, its entry, policies, two flips";
    EXPECT_EQ(rig.witness.compared(), writes);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
