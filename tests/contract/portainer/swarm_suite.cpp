#include "tests/contract/portainer/swarm_backend.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

// What becomes of a write: update status, tasks and their failures, restarts.
namespace wavegate::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::set_env;
using ::testing::SizeIs;

const std::string kPassed = "      - AUTH_TYPE=${AUTH_TYPE}\n";
const std::string kRollBack = "      update_config: { monitor: 2s, failure_action: rollback }\n";

std::vector<EnvChange> to(const std::string& type) {
    std::vector<EnvChange> changes;
    changes.push_back(set_env("AUTH_TYPE", type));
    return changes;
}

TEST_P(SwarmContract, ANewStackRunsWithItsEnvAndWithoutUpdateStatus) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    const auto made = service();
    EXPECT_EQ(made.stack, name_);
    EXPECT_EQ(made.update, UpdateState::None);
    EXPECT_EQ(agent_utilities_profile().mode_of(made.auth), AuthMode::None);
    EXPECT_EQ(made.replicas, 1U);
    EXPECT_EQ(made.monitor, std::chrono::seconds(2));
}

TEST_P(SwarmContract, AroundAServiceItsStackIsSeenAsInTheWhole) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    for (const auto& stack : {name_, std::string()}) {
        const auto part = backend_->driver().run(client_->around(stack, name_ + "_app"));
        ASSERT_TRUE(part) << part.error().message();
        ASSERT_THAT(part->services, SizeIs(1));
        EXPECT_EQ(part->services.front().template_digest, service().template_digest);
        EXPECT_EQ(part->services.front().replicas, 1U);
    }
    const auto none = backend_->driver().run(client_->around(name_, name_ + "_ap"));
    ASSERT_TRUE(none);
    EXPECT_EQ(none->find(name_ + "_ap"), nullptr);
}

TEST_P(SwarmContract, ADeploymentIsToldByTheEventsAtOnce) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    const auto hints = std::make_shared<std::vector<Stacks::Hint>>();
    auto tell = [hints](Stacks::Hint hint) { hints->push_back(hint); };
    const auto ended =
        testing::start(backend_->driver().executor(), client_->watch(std::move(tell)));
    ASSERT_TRUE(eventually([&] { return ended->ended || !hints->empty(); }));
    if (ended->ended) {
        GTEST_SKIP() << "skipped: no events through this backend";
    }
    EXPECT_EQ(hints->front().kind, Stacks::Hint::Kind::Open);
    hints->clear();
    ASSERT_TRUE(change(std::nullopt, to("jwt")));
    settle();
    EXPECT_TRUE(eventually([&] { return !hints->empty(); }));
    EXPECT_EQ(hints->front().kind, Stacks::Hint::Kind::Changed);
    EXPECT_EQ(hints->front().service, service().name);
    ASSERT_TRUE(reaches(UpdateState::Completed));
    EXPECT_TRUE(eventually([&] { return hints->size() >= 3; }))
        << "the change, updating, completed";
    EXPECT_EQ(hints->back().kind, Stacks::Hint::Kind::Ended);
}

TEST_P(SwarmContract, AFlipReplacesTheTaskAndCompletesAfterTheMonitorTime) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    const auto before = converged();
    ASSERT_TRUE(change(std::nullopt, to("jwt")));
    EXPECT_THAT(converged(), IsEmpty()) << "accepted is not yet running";
    ASSERT_TRUE(reaches(UpdateState::Updating));
    ASSERT_TRUE(reaches(UpdateState::Completed));
    const auto after = converged();
    ASSERT_THAT(after, SizeIs(1));
    EXPECT_NE(after, before);
    EXPECT_EQ(agent_utilities_profile().mode_of(service().auth), AuthMode::Jwt);
}

TEST_P(SwarmContract, AFailureThatPausesLeavesTheNewSpecAndACrashLoop) {
    create(file(kDiesWithJwtImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    ASSERT_TRUE(change(std::nullopt, to("jwt")));
    ASSERT_TRUE(reaches(UpdateState::Paused));
    EXPECT_THAT(service().update_message, HasSubstr("update paused due to failure"));
    EXPECT_EQ(agent_utilities_profile().mode_of(service().auth), AuthMode::Jwt);
    const auto all = tasks();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const SwarmTask& task) {
        return task.state == "failed" && task.error == "task: non-zero exit (1)";
    }));

    // A redeploy that changes nothing erases the evidence.
    ASSERT_TRUE(change(std::nullopt, to("jwt")));
    EXPECT_TRUE(reaches(UpdateState::None));
}

TEST_P(SwarmContract, SwarmsOwnRollbackRunsTheOldSpecWhileTheStacksEnvStaysNew) {
    create(file(kDiesWithJwtImage, kPassed, kRollBack), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    ASSERT_TRUE(change(std::nullopt, to("jwt")));
    ASSERT_TRUE(reaches(UpdateState::RollbackCompleted));
    EXPECT_EQ(agent_utilities_profile().mode_of(service().auth), AuthMode::None);
    const auto view = stack();
    const auto* type = find_env(view.env, "AUTH_TYPE");
    EXPECT_TRUE(**type == Secret::copy_of("jwt"));
    EXPECT_TRUE(eventually([&] { return converged().size() == 1; }));
}

TEST_P(SwarmContract, AnImageThatIsNotThereIsRejected) {
    create(file("wavegate/absent:1", kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] {
        const auto all = tasks();
        return std::any_of(all.begin(), all.end(), [](const SwarmTask& task) {
            return task.state == "rejected" && task.error == "No such image: wavegate/absent:1";
        });
    }));
    EXPECT_THAT(converged(), IsEmpty());
}

TEST_P(SwarmContract, AnUnschedulableTaskIsPendingAndSaysWhy) {
    const std::string nowhere =
        "      placement: { constraints: [ \"node.labels.place == nowhere\" ] }\n";
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    ASSERT_TRUE(change(file(kGoodImage, kPassed, nowhere)));
    ASSERT_TRUE(eventually([&] {
        const auto all = tasks();
        return std::any_of(all.begin(), all.end(), [](const SwarmTask& task) {
            return task.state == "pending" &&
                   task.error ==
                       "no suitable node (scheduling constraints not satisfied on 1 node)";
        });
    }));
    EXPECT_EQ(service().update, UpdateState::Updating) << "it never ends by itself";
}

TEST_P(SwarmContract, ARestartReplacesTheTaskAndKeepsTheSpec) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    const auto before = converged();
    ASSERT_TRUE(restart());
    ASSERT_TRUE(reaches(UpdateState::Completed));
    ASSERT_TRUE(eventually([&] { return converged().size() == 1; }));
    EXPECT_NE(converged(), before);
    EXPECT_EQ(service().force_update, 1U);
    EXPECT_EQ(env("AUTH_TYPE"), "none");

    // A later deployment keeps it, and restarts nothing.
    const auto running = converged();
    ASSERT_TRUE(change(std::nullopt, to("none")));
    EXPECT_EQ(service().force_update, 1U);
    EXPECT_EQ(converged(), running);
}

TEST_P(SwarmContract, AStaleVersionIsRefused) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    const auto where = "/endpoints/1/docker/services/" + name_ + "_app";
    const auto read = raw("GET", where);
    const boost::json::value live = boost::json::parse(read.body);
    const auto answer =
        raw("POST", where + "/update?version=1", boost::json::serialize(live.at("Spec")));
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("update out of sequence"));
}

TEST_P(SwarmContract, ValuesReachTheServiceAsTheyAre) {
    create(
        file(
            kGoodImage, "      - A=${A}\n      - B=${B:-other}\n      - C=$${C}\n      - D=${D}\n"),
        {{"A", "\"quoted\" 'twice' $HOME \\ two\nlines"}, {"E", "unused"}});
    EXPECT_EQ(env("A"), "\"quoted\" 'twice' $HOME \\ two\nlines");
    EXPECT_EQ(env("B"), "other");
    EXPECT_EQ(env("C"), "${C}");
    EXPECT_EQ(env("D"), "");
    EXPECT_EQ(env("E"), "(absent)");
}

TEST_P(SwarmContract, AFileThatSharesAndHasMoreToSayIsReadAsTheCliReadsIt) {
    create(
        file(
            std::string(kGoodImage) +
                "\n    working_dir: /\n    stop_signal: SIGTERM\n    stdin_open: true"
                "\n    security_opt: [ \"label:disable\" ]",
            "      <<: [ { A: one, B: one }, { B: two, C: two } ]\n"
            "      A: own\n"
            "      BARE:\n"
            "      KNOWN:\n"
            "      EMPTY: ''\n"
            "      VERSION: 3.10\n"),
        {{"KNOWN", "k"}, {"EMPTY", "e"}});
    EXPECT_EQ(env("A"), "own");
    EXPECT_EQ(env("B"), "one");
    EXPECT_EQ(env("C"), "two");
    EXPECT_EQ(env("BARE"), "(absent)");
    EXPECT_EQ(env("KNOWN"), "k");
    EXPECT_EQ(env("EMPTY"), "e");
    EXPECT_EQ(env("VERSION"), "3.1");

    const auto read = raw("GET", "/endpoints/1/docker/services/" + name_ + "_app");
    const auto container =
        boost::json::parse(read.body).at("Spec").at("TaskTemplate").at("ContainerSpec");
    EXPECT_EQ(container.at("Dir"), "/");
    EXPECT_EQ(container.at("StopSignal"), "SIGTERM");
    EXPECT_EQ(container.at("OpenStdin"), true);
    EXPECT_TRUE(eventually([&] { return converged().size() == 1; }));
}

TEST_P(SwarmContract, AFileThatNamesAMissingNetworkIsRefusedAndShowsItsLastLine) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    auto broken = file(kGoodImage, kPassed);
    broken.replace(broken.find("name: host"), 10, "name: gone");
    const auto refused = change(broken);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(refused.error().effect(), Effect::Maybe);
    EXPECT_EQ(env("AUTH_TYPE"), "none") << "its service runs on";
    EXPECT_TRUE(eventually([&] { return *stack().file == file(kGoodImage, kPassed); }))
        << "and its file is the old one, in generation B a moment later";
}

TEST_P(SwarmContract, AServiceThatLeavesTheFileGoesWhenPruneIsAskedForAlone) {
    auto two = file(kGoodImage, kPassed);
    two.insert(
        two.find("networks:\n  host"),
        std::string("  second:\n    image: ") + kGoodImage + "\n    networks: [ host ]\n");
    create(two, {{"AUTH_TYPE", "none"}});
    const auto second = "/endpoints/1/docker/services/" + name_ + "_second";
    EXPECT_EQ(raw("GET", second).status, 200);
    ASSERT_TRUE(change(file(kGoodImage, kPassed)));
    EXPECT_EQ(raw("GET", second).status, 200) << "the operator's own change removes nothing";
    boost::json::object body;
    body["stackFileContent"] = file(kGoodImage, kPassed);
    body["env"] = boost::json::array();
    body["prune"] = true;
    const auto where = "/stacks/" + std::to_string(stack().id) + "?endpointId=1";
    ASSERT_EQ(raw("PUT", where, boost::json::serialize(body)).status, 200);
    settle();
    EXPECT_EQ(raw("GET", second).status, 404);
    EXPECT_EQ(service().stack, name_);
}

TEST_P(SwarmContract, AStoppedStackHasNoServicesUntilItIsStartedOrChanged) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    const auto id = std::to_string(stack().id);
    ASSERT_EQ(raw("POST", "/stacks/" + id + "/stop?endpointId=1").status, 200);
    EXPECT_EQ(stack().status, StackStatus::Inactive);
    EXPECT_THROW(service(), std::runtime_error);
    ASSERT_TRUE(change(std::nullopt, to("jwt")));
    EXPECT_EQ(stack().status, StackStatus::Active);
    EXPECT_EQ(env("AUTH_TYPE"), "jwt");
}

TEST_P(SwarmContract, ANameThatRunsUnmanagedIsTaken) {
    create(file(kGoodImage, kPassed), {{"AUTH_TYPE", "none"}});
    const std::string body = R"({"Name":")" + name_ + R"(","SwarmID":"x","StackFileContent":"y"})";
    EXPECT_EQ(raw("POST", "/stacks/create/swarm/string?endpointId=1", body).status, 409);
}

}  // namespace
}  // namespace wavegate::contract
