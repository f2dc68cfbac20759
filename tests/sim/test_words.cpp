// What status says, against what is so.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

/// The verb and service of "wavegate rollout VERB [SERVICE]…" in what ends a wait; empty: none.
std::vector<std::string> command_in(const std::string& ended_by) {
    const std::string start = "wavegate rollout ";
    const auto at = ended_by.find(start);
    if (at == std::string::npos) {
        return {};
    }
    const auto from = at + start.size();
    const auto text = ended_by.substr(from, ended_by.find(',', from) - from);
    const auto gap = text.find(' ');
    return gap == std::string::npos ? std::vector{text}
                                    : std::vector{text.substr(0, gap), text.substr(gap + 1)};
}

/// What /status says ends this service's wait.
std::string ended_by(const Rig& rig, const std::string& service) {
    const auto document = status_now(rig);
    for (const auto& wait : document.at("waits").as_array()) {
        if (wait.at("object").as_string() == "Service/" + service) {
            return std::string(wait.at("endedBy").as_string());
        }
    }
    return "";
}

/// Is a command that is printed as the end of a service's wait refused? None printed: no.
bool is_refused(Rig& rig, const std::string& service) {
    const auto command = command_in(ended_by(rig, service));
    if (command.empty()) {
        return false;
    }
    const std::map<std::string, Command::Verb> verbs{
        {"retry", Command::Verb::Retry},
        {"accept", Command::Verb::Accept},
        {"resume", Command::Verb::Resume},
        {"pause", Command::Verb::Pause}};
    const auto verb = verbs.at(command.front());
    return !tell(rig, verb, verb == Command::Verb::Resume ? "" : service);
}

/// a-mcp was sent back, and died on the way.
struct DownOnItsWayBack : Rig {
    DownOnItsWayBack() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        world.behaviour("a-mcp").jwks_down = true;
        EXPECT_TRUE(until([&] { return phase("a-mcp") == Phase::RollingBack; }, 3h)) << story();
        world.network.set_down("a-mcp.arpa", true);
        EXPECT_TRUE(until([&] { return auth("a-mcp") == "none"; }, 10min)) << story();
        pass_time(5min);
        EXPECT_EQ(phase("a-mcp"), Phase::RollingBack) << story();
    }
};

TEST(DownOnItsWayBack, IsTheHeadline) {
    DownOnItsWayBack rig;
    EXPECT_EQ(rig.view()->standing, "Halted");
}

TEST(DownOnItsWayBack, IsStalled) {
    DownOnItsWayBack rig;
    EXPECT_EQ(told(rig, "Stalled", "a-mcp"), "True");
}

TEST(DownOnItsWayBack, DiffersFromWhatIsDesired) {
    DownOnItsWayBack rig;
    EXPECT_EQ(told(rig, "Drifted", "a-mcp"), "True");
}

TEST(DownOnItsWayBack, NamesNoCommandThatIsRefused) {
    DownOnItsWayBack rig;
    EXPECT_FALSE(is_refused(rig, "a-mcp")) << ended_by(rig, "a-mcp");
}

TEST(AdoptedService, NamesNoCommandThatIsRefused) {
    auto world = small_world(kTwo);
    world.services.front().jwt = true;
    Rig rig(std::move(world), one_wave(kTwo, "jwt"));
    sandbox::FaultRule elsewhere;
    elsewhere.fault = sandbox::Fault::Answer;
    elsewhere.authority = "a-mcp.arpa";
    elsewhere.answer.status = 404;
    rig.world.network.inject(elsewhere);
    const auto failed = [&] { return rig.hold_of("a-mcp").reason == Reason::GateFailed; };
    ASSERT_TRUE(rig.until(failed, 1h)) << rig.story();
    EXPECT_FALSE(is_refused(rig, "a-mcp")) << ended_by(rig, "a-mcp");
}

/// With credentials for the stacks' repositories, so that their heads can be seen.
sandbox::DesiredPlan may_commit(const std::string& auth) {
    auto plan = one_wave(kTwo, auth);
    plan.stack_repo = true;
    return plan;
}

/// Git stacks; somebody committed to a-mcp's branch and did not redeploy.
struct AheadOfItsStack : Rig {
    explicit AheadOfItsStack(const sandbox::DesiredPlan& desired) : Rig(git_world(), desired) {}
    static sandbox::WorldPlan git_world() {
        auto plan = small_world(kTwo);
        for (auto& service : plan.services) {
            service.git = true;
        }
        return plan;
    }
    void get_ahead() {
        by_hand([](sandbox::World& w) {
            auto& repository = w.portainer.git().at(w.repository_url("a-mcp"));
            auto text = repository.at("refs/heads/main")->files.at("compose.yml");
            repository.commit("main", {{"compose.yml", "# somebody was here\n" + text}});
        });
    }
    [[nodiscard]] bool is_hindered() const {
        const auto now = view();
        return std::any_of(
            now->diff.obstacles.begin(), now->diff.obstacles.end(), [](const Obstacle& each) {
                return each.reason == "StackRepoAhead";
            });
    }
};

TEST(StackRepoAhead, NamesNoCommandThatIsRefused) {
    AheadOfItsStack rig(may_commit("none"));
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.get_ahead();
    commit_now(rig, may_commit("jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.is_hindered(); }, 1h)) << rig.story();
    rig.pass_time(20min);
    EXPECT_FALSE(is_refused(rig, "a-mcp")) << ended_by(rig, "a-mcp");
}

/// An env sync that waits: somebody is ahead on the branch that it needs.
struct EnvSyncAhead : AheadOfItsStack {
    EnvSyncAhead() : AheadOfItsStack(may_commit("none")) {
        EXPECT_TRUE(until_standing("Converged", 1h)) << story();
        pass_time(1s);  // so that the first revision's own event is of before
        get_ahead();
    }
    void declare_env() {
        committed_ = sim.clock.now();
        auto desired = may_commit("none");
        desired.services["a-mcp"].extra = "  env: { LOG_LEVEL: debug }\n";
        commit_now(*this, desired);
    }
    void expect_not_in_force() {
        ASSERT_TRUE(until([&] { return is_hindered(); }, 1h)) << story();
        pass_time(10min);
        ASSERT_FALSE(world.live_env("a-mcp").contains("LOG_LEVEL"));
        EXPECT_THAT(events(*this, "RolloutComplete", committed_), IsEmpty());
    }

  private:
    Time committed_{};
};

TEST(EnvSync, ThatWaitsIsNotSaidToBeInForce) {
    EnvSyncAhead rig;
    rig.declare_env();
    rig.expect_not_in_force();
}

TEST(EnvSync, WhoseBranchIsStillBeingReadIsNotSaidToBeInForce) {
    EnvSyncAhead rig;
    sandbox::FaultRule slow;
    slow.authority = "git.arpa";
    slow.before = 5s;
    rig.world.network.inject(slow);
    rig.declare_env();
    rig.expect_not_in_force();
}

/// The policy server takes no new policies.
struct WithoutPolicy : Rig {
    WithoutPolicy() : Rig(small_world(kTwo), one_wave(kTwo, "none")) {
        sandbox::FaultRule refuses;
        refuses.fault = sandbox::Fault::Answer;
        refuses.authority = "eunomia.arpa";
        refuses.method = "POST";
        refuses.path_prefix = "/admin/policies";
        refuses.answer.status = 503;
        world.network.inject(refuses);
        pass_time(30min);
        EXPECT_THAT(world.eunomia.policies(), IsEmpty());
        EXPECT_EQ(phase("a-mcp"), Phase::Ready) << story();
    }
};

TEST(Policy, ThatIsNotWrittenIsNotSaidToBeInForce) {
    const WithoutPolicy rig;
    EXPECT_THAT(events(rig, "RolloutComplete"), IsEmpty());
}

TEST(Policy, ThatIsNotWrittenIsAWaitOfItsOwn) {
    const WithoutPolicy rig;
    ASSERT_EQ(rig.view()->standing, "Moving") << rig.story();
    EXPECT_THAT(rig.view()->waits, Not(IsEmpty()));
}

TEST(UnreachableSystems, AreTheHeadline) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.kill();
    rig.disk = Disk();
    for (const auto* name : {"portainer", "keycloak", "openbao", "eunomia", "mcp-multiplexer"}) {
        rig.world.network.set_down(std::string(name) + ".arpa", true);
    }
    rig.start();
    rig.pass_time(10min);
    ASSERT_FALSE(rig.view()->backends.at("portainer").ok);
    EXPECT_NE(rig.view()->standing, "Moving");
    EXPECT_THAT(rig.view()->waves, Not(Contains(Pair("read-only", WavePhase::Complete))));
}

TEST(Wait, BeginsWhenItBegan) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    const auto began = rig.sim.clock.now();
    ASSERT_TRUE(tell(rig, Command::Verb::Pause));
    const auto wait_of_b = [&] {
        const auto view = rig.view();
        const auto at = std::find_if(view->waits.begin(), view->waits.end(), [](const Wait& wait) {
            return wait.object == "Service/b-mcp";
        });
        return at == view->waits.end() ? Wait() : *at;
    };
    ASSERT_TRUE(rig.until([&] { return wait_of_b().reason == Reason::Paused; }, 1h)) << rig.story();
    EXPECT_GE(wait_of_b().since.wall, began.wall);
}

TEST(Conditions, TurnAtTheirOwnTimes) {
    auto desired = one_wave({"a-mcp"}, "none");
    desired.services["a-mcp"].extra = "  envFrom: [ { file: a-mcp/.env } ]\n";
    Rig rig(small_world({"a-mcp"}), desired);
    rig.env_files["a-mcp/.env"] = {{"UPSTREAM_KEY", "an-upstream-key"}};
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.pass_time(1h);
    const auto lost = to_rfc3339(rig.sim.clock.now().wall);
    rig.env_files.clear();
    ASSERT_TRUE(rig.until([&] { return told(rig, "Drifted", "a-mcp") == "Unknown"; }, 1h));
    const auto turned = [&](const std::string& type) {
        const auto found = condition(status_of(rig, "a-mcp"), type);
        return std::string(found.at("lastTransitionTime").as_string());
    };
    EXPECT_LT(turned("Stalled"), lost) << "it stayed as it was";
    EXPECT_GE(turned("Drifted"), lost);
}

TEST(RolloutId, IsOfOneRollout) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "none"));
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    const auto first = rig.view()->record.id();
    commit_now(rig, one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h)) << rig.story();
    rig.pass_time(25min);
    commit_now(rig, one_wave({"a-mcp"}, "none"));
    const auto third = [&] { return rig.view()->record.revision() == "r3"; };
    ASSERT_TRUE(rig.until(third, 1h)) << rig.story();
    EXPECT_NE(rig.view()->record.id(), first);
}

}  // namespace
}  // namespace wavegate::testing
