#include "reconcilers/stacks/diff.hpp"

#include "operator/formats/deployment.hpp"
#include "operator/formats/last_good.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::stacks {
namespace {

using ::testing::SizeIs;

/// One service whose file passes its mode through, and what is wanted of it.
struct Scene {
    Scene() {
        desired.fleet.name = "homelab";
        ServiceSpec service;
        service.name = "a-mcp";
        service.stack = "a-mcp";
        service.compose_service = "a-mcp";
        service.auth = AuthMode::None;
        service.declared = true;
        desired.services.push_back(std::move(service));
    }

    Diff diff_of(StackEnv env) const {
        Observed observed;
        StackView stack;
        stack.id = 1;
        stack.name = "a-mcp";
        stack.file = std::make_shared<const std::string>(
            "services:\n"
            "  a-mcp:\n"
            "    image: x\n"
            "    environment:\n"
            "      - LOG_LEVEL=info\n"
            "      - DEPTH=${DEPTH}\n" +
            neighbour);
        stack.env = std::move(env);
        SwarmService running;
        running.id = "1";
        running.name = "a-mcp_a-mcp";
        running.stack = "a-mcp";
        running.replicas = 1;
        running.stack_image = deployed_image;
        SwarmView swarm;
        swarm.services.push_back(std::move(running));
        SwarmService other;
        other.id = "2";
        other.name = "a-mcp_b-mcp";
        other.stack = "a-mcp";
        other.replicas = 1;
        other.auth = neighbour_runs;
        swarm.services.push_back(std::move(other));
        observed.stacks = Seen(std::vector<StackView>{std::move(stack)}, Time());
        observed.swarm = Seen(std::move(swarm), Time());
        return diff(desired, observed, {});
    }

    DesiredState desired;
    std::string deployed_image = "x";
    std::string neighbour;  ///< lines of the file after the service's own
    AuthBlock neighbour_runs;
};

std::map<std::string, std::string> fields_of(const Edit& edit) {
    std::map<std::string, std::string> fields;
    for (const auto& field : edit.fields) {
        fields[field.field] = field.before + "->" + field.after;
    }
    return fields;
}

TEST(StackDiff, ShowsAMarkAsNewWhereThereWasNone) {
    Scene scene;
    scene.desired.services[0].env = {{"DEPTH", "3"}};
    const auto found = scene.diff_of({{"DEPTH", make_secret("1")}});
    ASSERT_THAT(found.edits, SizeIs(1));
    const auto fields = fields_of(found.edits[0]);
    EXPECT_EQ(fields.at("WAVEGATE_OWNER"), "->(secret)");
    EXPECT_EQ(fields.at("DEPTH"), "(secret)->(secret)");
}

TEST(StackDiff, DoesNotShowAMarkThatIsThereAlready) {
    Scene scene;
    scene.desired.services[0].env = {{"DEPTH", "3"}};
    const auto found = scene.diff_of(
        {{"DEPTH", make_secret("1")}, {std::string(kOwnerKey), make_secret("homelab")}});
    ASSERT_THAT(found.edits, SizeIs(1));
    EXPECT_THAT(fields_of(found.edits[0]), SizeIs(1));
}

TEST(StackDiff, NamesTheVariablesThatChangeInTheFileWithoutTheirValues) {
    Scene scene;
    scene.desired.services[0].env = {{"LOG_LEVEL", "debug"}, {"GREETING", "hello"}};
    const auto found = scene.diff_of({{std::string(kOwnerKey), make_secret("homelab")}});
    ASSERT_THAT(found.edits, SizeIs(1));
    const auto fields = fields_of(found.edits[0]);
    EXPECT_EQ(fields.at("LOG_LEVEL"), "(secret)->(secret)");
    EXPECT_EQ(fields.at("GREETING"), "->(secret)");
}

TEST(StackDiff, DeploysNoImageThatWasEditedIntoTheFileAndNeverDeployed) {
    Scene scene;
    scene.deployed_image = "w";
    scene.desired.services[0].env = {{"DEPTH", "3"}};
    const auto found = scene.diff_of({{"DEPTH", make_secret("1")}});
    EXPECT_THAT(found.edits, SizeIs(0));
    ASSERT_THAT(found.obstacles, SizeIs(1));
    EXPECT_EQ(found.obstacles[0].reason, "ForeignChange");
    EXPECT_THAT(found.obstacles[0].message, ::testing::HasSubstr("image x"));
}

TEST(StackDiff, FlipsNoNeighbourAlong) {
    Scene scene;
    scene.desired.services[0].env = {{"DEPTH", "3"}};
    scene.neighbour = "  b-mcp:\n    image: y\n    environment:\n      - AUTH_TYPE=jwt\n";
    scene.neighbour_runs = {{"AUTH_TYPE", "jwt"}};
    EXPECT_THAT(scene.diff_of({{"DEPTH", make_secret("1")}}).edits, SizeIs(1));
    scene.neighbour_runs = {};
    const auto found = scene.diff_of({{"DEPTH", make_secret("1")}});
    EXPECT_THAT(found.edits, SizeIs(0));
    ASSERT_THAT(found.obstacles, SizeIs(1));
    EXPECT_EQ(found.obstacles[0].reason, "ForeignChange");
    EXPECT_THAT(found.obstacles[0].message, ::testing::HasSubstr("b-mcp"));
}

TEST(StackDiff, ComparesNoImageWhereNoneIsKnownToHaveBeenDeployed) {
    Scene scene;
    scene.deployed_image.clear();
    scene.desired.services[0].env = {{"DEPTH", "3"}};
    EXPECT_THAT(scene.diff_of({{"DEPTH", make_secret("1")}}).edits, SizeIs(1));
}

/// One service that passes its switches through, as the fleet's newer stacks do.
struct OpenScene {
    OpenScene() {
        desired.fleet.name = "homelab";
        ServiceSpec service;
        service.name = "a-mcp";
        service.stack = "a-mcp";
        service.compose_service = "a-mcp";
        service.auth = AuthMode::None;
        service.declared = true;
        desired.services.push_back(std::move(service));
        stack.id = 1;
        stack.name = "a-mcp";
        stack.file = std::make_shared<const std::string>(
            "services:\n"
            "  a-mcp:\n"
            "    image: x\n"
            "    environment:\n"
            "      - AUTH_TYPE=${AUTH_TYPE}\n"
            "      - EUNOMIA_TYPE=${EUNOMIA_TYPE}\n"
            "      - DEPTH=${DEPTH}\n");
    }

    [[nodiscard]] Diff found(AuthBlock running_block, const DiffContext& context = {}) const {
        SwarmService running;
        running.id = "1";
        running.name = "a-mcp_a-mcp";
        running.stack = "a-mcp";
        running.replicas = 1;
        running.auth = std::move(running_block);
        SwarmView swarm;
        swarm.services.push_back(std::move(running));
        Observed observed;
        observed.stacks = Seen(std::vector<StackView>{stack}, Time());
        observed.swarm = Seen(std::move(swarm), Time());
        return diff(desired, observed, context);
    }

    DesiredState desired;
    StackView stack;
};

TEST(StackDiff, FlipsNothingThatIsOpenInOtherWords) {
    const std::vector<AuthBlock> open{
        {},
        {{"AUTH_TYPE", ""}, {"EUNOMIA_TYPE", ""}},
        {{"AUTH_TYPE", "none"}, {"EUNOMIA_TYPE", ""}}};
    for (const auto& block : open) {
        const OpenScene scene;
        EXPECT_THAT(scene.found(block).edits, SizeIs(0)) << canonical(block);
        EXPECT_THAT(scene.found(block).obstacles, SizeIs(0));
    }
    EXPECT_THAT(OpenScene().found({{"EUNOMIA_TYPE", "remote"}}).edits, SizeIs(1));
}

TEST(StackDiff, SyncsEnvWhereTheRunningBlockIsOpenInOtherWords) {
    OpenScene scene;
    scene.desired.services[0].env = {{"DEPTH", "3"}};

    EXPECT_THAT(scene.found({{"AUTH_TYPE", "none"}}).edits, SizeIs(1));
}

TEST(StackDiff, HasNoWayBackToGoWhereTheBlockMeansWhatWasGood) {
    OpenScene scene;
    scene.stack.env = {
        {std::string(kLastGoodKey),
         make_secret(std::string(R"({"a-mcp":{"block":{"AUTH_TYPE":"none"},"image":""}})"))}};
    DiffContext context;
    context.way_back = {"a-mcp"};

    EXPECT_THAT(scene.found({{"AUTH_TYPE", ""}, {"EUNOMIA_TYPE", ""}}, context).edits, SizeIs(0));
}

TEST(StackDiff, WritesToNoStackWhoseOverridesAreNotRead) {
    OpenScene scene;
    scene.desired.services[0].env = {{"DEPTH", "3"}};
    scene.stack.additional_files = {"compose.override.yml"};

    const auto found = scene.found({});
    EXPECT_THAT(found.edits, SizeIs(0));
    ASSERT_THAT(found.obstacles, SizeIs(1));
    EXPECT_EQ(found.obstacles[0].reason, "UneditableCompose");
    EXPECT_THAT(found.obstacles[0].message, ::testing::HasSubstr("lays compose.override.yml over"));
}

/// The same service of a fleet that is told by other variables.
struct PlainScene : OpenScene {
    PlainScene() {
        desired.fleet.auth_profile = fastmcp_profile();
        desired.fleet.jwt = {"http://issuer", "http://keys", "agents", "remote", "http://policies"};
        stack.file = std::make_shared<const std::string>(
            "services:\n"
            "  a-mcp:\n"
            "    image: x\n"
            "    environment:\n"
            "      - AUTH_TYPE=basic\n"
            "      - FASTMCP_SERVER_AUTH=${FASTMCP_SERVER_AUTH}\n"
            "      - FASTMCP_SERVER_AUTH_JWT_AUDIENCE=agents\n"
            "      - FASTMCP_SERVER_AUTH_JWT_ISSUER=http://issuer\n");
    }
};

TEST(StackDiff, FlipsByTheKeysOfTheFleetsProfileAlone) {
    PlainScene scene;
    scene.desired.services[0].auth = AuthMode::Jwt;
    const auto found = scene.found({{"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "agents"}});
    ASSERT_THAT(found.edits, SizeIs(1));
    const auto& edit = *found.edits[0].stack();
    EXPECT_EQ(edit.to, AuthMode::Jwt);
    EXPECT_EQ(edit.block_after, wanted_block(scene.desired.fleet, AuthMode::Jwt))
        << "and nothing else";
    ASSERT_TRUE(edit.file) << "one key had no line";
    EXPECT_THAT(*edit.file, ::testing::HasSubstr("- AUTH_TYPE=basic\n"));
    EXPECT_THAT(*edit.file, ::testing::HasSubstr("FASTMCP_SERVER_AUTH_JWT_JWKS_URI=http://keys"));
}

TEST(StackDiff, OpensByAnEmptySwitchWhereThatIsTheProfilesWord) {
    PlainScene scene;
    const auto enforcing = wanted_block(scene.desired.fleet, AuthMode::Jwt);
    scene.stack.env = {
        {"FASTMCP_SERVER_AUTH", make_secret(std::string(enforcing.at("FASTMCP_SERVER_AUTH")))}};
    const auto found = scene.found(enforcing);
    ASSERT_THAT(found.edits, SizeIs(1));
    const auto& edit = *found.edits[0].stack();
    EXPECT_EQ(edit.to, AuthMode::None);
    EXPECT_EQ(scene.desired.fleet.auth_profile.mode_of(edit.block_after), AuthMode::None);
    EXPECT_FALSE(edit.file) << "the file passes the switch through";
    EXPECT_THAT(scene.found({{"FASTMCP_SERVER_AUTH", ""}}).edits, SizeIs(0));
    EXPECT_THAT(scene.found({{"AUTH_TYPE", "jwt"}}).edits, SizeIs(0)) << "its own word, not ours";
}

/// It refuses to start open, and should enforce.
struct ClosedScene : OpenScene {
    ClosedScene() {
        desired.services[0].auth = AuthMode::Jwt;
        desired.services[0].modes = {false, true};
        desired.fleet.jwt = {"http://issuer", "http://keys", "agents", "remote", "http://policies"};
    }
    [[nodiscard]] AuthBlock other() const {
        auto block = wanted_block(desired.fleet, AuthMode::Jwt);
        block["FASTMCP_SERVER_AUTH_JWT_AUDIENCE"] = "others";
        return block;
    }
    static std::optional<formats::LastGoods> recorded(const Diff& found) {
        return formats::read_last_good(formats::with_changes({}, found.edits.at(0).stack()->env));
    }
    void record(const AuthBlock& block) {
        stack.env = {
            {std::string(kLastGoodKey), formats::write_last_good({{"a-mcp", {block, ""}}})}};
    }
};

TEST(StackDiff, RecordsNoOpenWayBackOfWhatRefusesToStartOpen) {
    ClosedScene scene;
    const auto found = scene.found({{"AUTH_TYPE", "none"}});
    ASSERT_THAT(found.edits, SizeIs(1));
    EXPECT_TRUE(ClosedScene::recorded(found)->empty());
    scene.desired.services[0].modes = {};
    EXPECT_EQ(ClosedScene::recorded(scene.found({{"AUTH_TYPE", "none"}}))->size(), 1U);
}

TEST(StackDiff, RecordsTheLastEnforcingBlockOfWhatRefusesToStartOpen) {
    ClosedScene scene;
    const auto other = scene.other();
    EXPECT_EQ(ClosedScene::recorded(scene.found(other))->at("a-mcp").block, other);
    scene.record({{"AUTH_TYPE", "none"}});
    EXPECT_EQ(ClosedScene::recorded(scene.found(other))->at("a-mcp").block, other)
        << "an open one was none";
    scene.record(other);
    EXPECT_EQ(ClosedScene::recorded(scene.found({{"AUTH_TYPE", "none"}}))->at("a-mcp").block, other)
        << "and what it can't run with takes the place of none";
}

TEST(StackDiff, GoesBackToNoOpenBlockOfWhatRefusesToStartOpen) {
    ClosedScene scene;
    DiffContext context;
    context.way_back = {"a-mcp"};
    scene.record({{"AUTH_TYPE", "none"}});
    const auto enforcing = wanted_block(scene.desired.fleet, AuthMode::Jwt);
    const auto held = scene.found(enforcing, context);
    EXPECT_THAT(held.edits, SizeIs(0));
    ASSERT_THAT(held.obstacles, SizeIs(1));
    EXPECT_EQ(held.obstacles[0].reason, "NoWayBack");
    scene.record({{"API_GATE", "strict"}});
    EXPECT_THAT(scene.found(enforcing, context).edits, SizeIs(0)) << "nor to another fleet's keys";
    scene.record(scene.other());
    const auto found = scene.found(enforcing, context);
    ASSERT_THAT(found.edits, SizeIs(1));
    EXPECT_EQ(found.edits[0].stack()->to, AuthMode::Jwt);
    EXPECT_EQ(found.edits[0].stack()->block_after, scene.other());
}

}  // namespace
}  // namespace wavegate::stacks
