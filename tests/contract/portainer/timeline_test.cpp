#include "operator/sandbox/portainer/swarm.hpp"
#include "tests/contract/portainer/rig.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using sandbox::DesiredState;
using sandbox::TaskState;

/// Measured every 0.1 s on a busy machine.
constexpr double kTolerance = 0.8;

json::array timelines() {
    std::ifstream in(testing::source_path("tests/recorded/portainer/swarm-timelines.json"));
    std::stringstream text;
    text << in.rdbuf();
    return json::parse(text.str()).as_array();
}

/// What is comparable: when something noteworthy became true.
struct Milestone {
    double at = 0;
    std::string what;
};
using Milestones = std::vector<Milestone>;

/// The first watch of a recorded step; a second one starts again at zero.
std::vector<json::object> first_watch(const json::object& step) {
    std::vector<json::object> events;
    double last = 0;
    for (const auto& event : step.at("events").as_array()) {
        const auto at = event.at("t").to_number<double>();
        if (at + 0.2 < last) {
            break;
        }
        last = std::max(last, at);
        events.push_back(event.as_object());
    }
    return events;
}

const json::object&
recorded_step(const json::array& all, const std::string& scenario, std::size_t index) {
    for (const auto& entry : all) {
        if (entry.at("scenario").as_string() == scenario) {
            return entry.at("steps").as_array().at(index).as_object();
        }
    }
    throw std::runtime_error("no such scenario");
}

/// Collects both sides' samples in the same way.
class Notes {
  public:
    void service(double at, const std::string& text) {
        if (text != service_) {
            service_ = text;
            out_["service"].push_back({at, text});
        }
    }
    /// Tasks are named by the order in which they turn up.
    void task(double at, const std::string& id, const std::string& state, bool pending_error) {
        const auto name =
            fmt::format("task {}", names_.try_emplace(id, names_.size()).first->second);
        const bool noteworthy = pending_error || state == "running" || state == "complete" ||
                                state == "shutdown" || state == "failed" || state == "rejected";
        auto& last = states_[id];
        if (noteworthy && last != state && at > 0.06) {
            out_[name].push_back({at, state});
        }
        last = state;
    }
    const std::map<std::string, Milestones>& all() const { return out_; }

  private:
    std::string service_;
    std::map<std::string, std::size_t> names_;
    std::map<std::string, std::string> states_;
    std::map<std::string, Milestones> out_;
};

std::string state_text(const std::string& state, const std::string& image, bool previous) {
    return fmt::format("{} {}{}", state, image, previous ? "" : " without PreviousSpec");
}

Notes of_recording(const std::vector<json::object>& events) {
    Notes notes;
    for (const auto& event : events) {
        const auto at = event.at("t").to_number<double>();
        if (const auto* service = event.if_contains("service")) {
            const auto& s = service->as_object();
            notes.service(
                at,
                state_text(
                    std::string(s.at("update_state").as_string()),
                    std::string(s.at("image").as_string()),
                    s.at("has_previous_spec").as_bool()));
        } else {
            const auto state = std::string(event.at("state").as_string());
            notes.task(
                at,
                std::string(event.at("task").as_string()),
                state,
                state == "pending" && event.at("err").is_string());
        }
    }
    return notes;
}

/// A flicker of running before a failure may fall between two samples.
void drop_flicker(Milestones& list) {
    for (std::size_t i = 0; i + 1 < list.size();) {
        const bool flicker = list[i].what == "running" && list[i + 1].at - list[i].at < kTolerance;
        if (flicker) {
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
}

void compare(Milestones recorded, Milestones ours, double end, const std::string& where) {
    drop_flicker(recorded);
    drop_flicker(ours);
    const auto late = [&](const Milestone& m) { return m.at > end - kTolerance; };
    while (ours.size() > recorded.size() && late(ours.back())) {
        ours.pop_back();
    }
    while (recorded.size() > ours.size() && late(recorded.back())) {
        recorded.pop_back();
    }
    ASSERT_EQ(ours.size(), recorded.size()) << where;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        EXPECT_EQ(ours[i].what, recorded[i].what) << where;
        EXPECT_NEAR(ours[i].at, recorded[i].at, kTolerance) << where << ": " << ours[i].what;
    }
}

/// One service in one Swarm, driven like the recorded one.
struct Stage {
    Simulation sim;
    Programs programs;
    sandbox::Swarm swarm{sim.clock, sim.executor(), programs};
    json::array recorded = timelines();

    json::object spec(const std::string& image, const std::string& extra = "{}") {
        auto parsed =
            json::parse(fmt::format(
                            R"({{"Name":"x","Labels":{{}},"Mode":{{"Replicated":{{"Replicas":1}}}},
            "TaskTemplate":{{"ContainerSpec":{{"Image":"mcp-demo:{}"}},"ForceUpdate":0,
            "Networks":[]}}}})",
                            image))
                .as_object();
        const auto given = json::parse(extra);
        for (const auto& entry : given.as_object()) {
            if (entry.key() == "TaskTemplate") {
                for (const auto& part : entry.value().as_object()) {
                    parsed["TaskTemplate"].as_object()[part.key()] = part.value();
                }
            } else {
                parsed[entry.key()] = entry.value();
            }
        }
        return parsed;
    }

    void create(json::object with) { ASSERT_FALSE(swarm.create(std::move(with))); }
    void update(json::object with) {
        ASSERT_FALSE(swarm.update("x", swarm.find("x")->version, std::move(with)));
    }

    void sample(Notes& notes, double at) {
        const auto service = swarm.find("x");
        if (service && service->status) {
            notes.service(
                at,
                state_text(
                    service->status->state,
                    sandbox::text_at(*service->task_spec, {"ContainerSpec", "Image"}),
                    service->previous.has_value()));
        }
        for (const auto& task : swarm.tasks()) {
            notes.task(
                at,
                task->id,
                std::string(to_string(task->state)),
                task->state == TaskState::Pending && !task->error.empty());
        }
    }

    /// Samples as the recording did, from the request on, and compares.
    void follows(const std::string& scenario, std::size_t step) {
        const auto events = first_watch(recorded_step(recorded, scenario, step));
        const double end = events.empty() ? 1 : events.back().at("t").to_number<double>();
        Notes ours;
        for (int tick = 0; tick * 0.1 <= end + kTolerance; ++tick) {
            sim.settle();
            sample(ours, tick * 0.1);
            sim.advance(100ms);
        }
        const auto theirs = of_recording(events);
        const auto where = fmt::format("{} step {}", scenario, step);
        auto names = theirs.all();
        names.insert(ours.all().begin(), ours.all().end());
        for (const auto& [name, ignored] : names) {
            const auto pick = [&name = name](const Notes& notes) {
                const auto at = notes.all().find(name);
                return at == notes.all().end() ? Milestones() : at->second;
            };
            compare(pick(theirs), pick(ours), end, where + " " + name);
        }
    }
};

constexpr const char* kStartFirst =
    R"({"UpdateConfig":{"Order":"start-first","FailureAction":"pause","Monitor":3000000000}})";
constexpr const char* kRollback =
    R"({"UpdateConfig":{"FailureAction":"rollback","Monitor":3000000000},
        "RollbackConfig":{"Monitor":2000000000}})";
constexpr const char* kMonitor2 = R"({"UpdateConfig":{"Monitor":2000000000}})";
constexpr const char* kContinue =
    R"({"UpdateConfig":{"FailureAction":"continue","Monitor":2000000000}})";

TEST(SwarmTimeline, StartFirstOverlapsPausesAndIsRepaired) {
    Stage s;
    s.programs.images["mcp-demo:exit"] = exits(1);
    s.create(s.spec("1.0", kStartFirst));
    s.follows("start-first-pause", 0);
    s.sim.advance(5s);
    s.update(s.spec("1.1", kStartFirst));
    s.follows("start-first-pause", 1);
    s.update(s.spec("exit", kStartFirst));
    s.follows("start-first-pause", 2);
    s.sim.advance(6s);
    s.update(s.spec("1.1", kStartFirst));
    s.sim.advance(6s);
    EXPECT_EQ(s.swarm.find("x")->status->state, "completed");
    EXPECT_EQ(s.programs.of("x"), 1U);
}

TEST(SwarmTimeline, StopFirstRollsBackWithAnOutage) {
    Stage s;
    s.programs.images["mcp-demo:exit"] = exits(1);
    s.create(s.spec("1.0", kRollback));
    s.follows("stop-first-rollback", 0);
    s.sim.advance(5s);
    s.update(s.spec("exit", kRollback));
    s.follows("stop-first-rollback", 1);
    s.update(s.spec("1.0", kRollback));
    EXPECT_FALSE(s.swarm.find("x")->status) << "a no-op update erases the evidence";
    s.sim.advance(8s);
    s.update(s.spec("1.1", kRollback));
    s.sim.advance(10s);
    EXPECT_EQ(s.swarm.find("x")->status->state, "completed");
    EXPECT_FALSE(s.swarm.roll_back("x", s.swarm.find("x")->version));
    EXPECT_EQ(s.swarm.find("x")->status->message, "manually requested rollback");
    s.sim.advance(5s);
    EXPECT_EQ(s.swarm.find("x")->status->state, "rollback_started");
    s.sim.advance(2s);
    EXPECT_EQ(s.swarm.find("x")->status->state, "rollback_completed");
}

TEST(SwarmTimeline, ADeathAfterTheMonitorTimeChangesNothing) {
    Stage s;
    s.programs.images["mcp-demo:late"] = exits(7, 6s);
    s.create(s.spec("1.0", kMonitor2));
    s.follows("late-and-unhealthy", 0);
    s.sim.advance(5s);
    s.update(s.spec("late", kMonitor2));
    s.follows("late-and-unhealthy", 1);
    s.sim.advance(5s);
    EXPECT_EQ(s.swarm.find("x")->status->state, "completed");
}

TEST(SwarmTimeline, AnUnhealthyTaskThatEndsCleanlyFailsTheUpdate) {
    Stage s;
    s.programs.images["mcp-demo:sick"] = exits(0, 5700ms);
    const char* health = R"({"UpdateConfig":{"Order":"start-first","FailureAction":"rollback"},
        "TaskTemplate":{"ContainerSpec":{"Image":"mcp-demo:sick","Healthcheck":{"Interval":30000000000}}}})";
    s.create(s.spec("1.0", R"({"UpdateConfig":{"Order":"start-first"}})"));
    s.sim.advance(5s);
    s.update(s.spec("sick", health));
    s.follows("late-and-unhealthy", 3);
}

TEST(SwarmTimeline, ARollbackOntoABadSpecIsReportedAsDone) {
    Stage s;
    s.programs.images["mcp-demo:exit"] = exits(1);
    s.programs.images["mcp-demo:nope"] = rejected("No such image: mcp-demo:nope");
    s.create(s.spec("exit", kRollback));
    s.follows("rollback-onto-bad-and-continue", 0);
    s.update(s.spec("nope", kRollback));
    s.sim.advance(5s);
    EXPECT_EQ(s.swarm.find("x")->status->state, "rollback_completed");
    EXPECT_FALSE(s.swarm.find("x")->previous);
    EXPECT_EQ(s.programs.of("x"), 0U);
}

TEST(SwarmTimeline, ContinueCompletesWithNothingRunning) {
    Stage s;
    s.programs.images["mcp-demo:exit"] = exits(1);
    s.create(s.spec("1.0", kContinue));
    s.follows("rollback-onto-bad-and-continue", 2);
    s.sim.advance(5s);
    s.update(s.spec("exit", kContinue));
    s.follows("rollback-onto-bad-and-continue", 3);
}

TEST(SwarmTimeline, ASecondUpdateWinsAtOnce) {
    Stage s;
    s.create(s.spec("1.0"));
    s.follows("superseded", 0);
    s.sim.advance(5s);
    s.update(s.spec("1.1"));
    s.sim.advance(1s);
    s.update(s.spec("1.0"));
    EXPECT_EQ(
        sandbox::text_at(*s.swarm.find("x")->previous, {"TaskTemplate", "ContainerSpec", "Image"}),
        "mcp-demo:1.1");
    s.follows("superseded", 1);
}

TEST(SwarmTimeline, RestartConditionsAndScaling) {
    Stage s;
    s.programs.images["mcp-demo:exit"] = exits(1);
    s.programs.images["mcp-demo:done"] = exits(0);
    s.create(s.spec("exit"));
    s.follows("exits-and-scaling", 0);
    ASSERT_FALSE(s.swarm.remove("x"));
    s.sim.advance(5s);
    s.create(s.spec("exit", R"({"TaskTemplate":{"RestartPolicy":{"Condition":"none"}}})"));
    s.follows("exits-and-scaling", 1);
    ASSERT_FALSE(s.swarm.remove("x"));
    s.create(s.spec(
        "exit", R"({"TaskTemplate":{"RestartPolicy":{"Condition":"any","Delay":1000000000}}})"));
    s.follows("exits-and-scaling", 2);
    ASSERT_FALSE(s.swarm.remove("x"));
    s.sim.advance(5s);
    s.create(s.spec("done", R"({"TaskTemplate":{"RestartPolicy":{"Condition":"on-failure"}}})"));
    s.follows("exits-and-scaling", 3);
}

TEST(SwarmTimeline, ScalingReplacesNothingAndSetsNoStatus) {
    Stage s;
    const auto replicas = [&](int count) {
        return s.spec(
            "1.1", fmt::format(R"({{"Mode":{{"Replicated":{{"Replicas":{}}}}}}})", count));
    };
    s.create(replicas(0));
    s.sim.advance(1s);
    s.update(replicas(1));
    s.follows("exits-and-scaling", 4);
    EXPECT_FALSE(s.swarm.find("x")->status);
    s.update(replicas(0));
    s.sim.advance(4s);
    EXPECT_TRUE(s.swarm.tasks().empty());
    EXPECT_EQ(s.programs.of("x"), 0U);
}

TEST(SwarmTimeline, AMissingImageIsRejectedAndTriedAgain) {
    Stage s;
    s.programs.images["mcp-demo:nope"] = rejected("No such image: mcp-demo:nope");
    s.create(s.spec("nope"));
    s.follows("create-failures", 1);
}

TEST(SwarmTimeline, ACrashLoopKeepsFiveEndedTasks) {
    Stage s;
    s.programs.images["mcp-demo:oom"] = exits(137);
    s.create(s.spec("oom"));
    s.follows("create-failures", 2);
    s.sim.advance(2min);
    const auto tasks = s.swarm.tasks();
    EXPECT_EQ(
        std::count_if(tasks.begin(), tasks.end(), [](const auto& t) { return t->ended(); }), 5);
    EXPECT_EQ(tasks.front()->error, "task: non-zero exit (137)");
}

TEST(SwarmTimeline, AnUnsatisfiableConstraintStaysPendingAndTheUpdateNeverEnds) {
    Stage s;
    const char* elsewhere =
        R"({"TaskTemplate":{"Placement":{"Constraints":["node.labels.name == r820"]}}})";
    s.create(s.spec("1.0", elsewhere));
    s.follows("placement", 0);
    s.swarm.label_node("name", "r820");
    s.sim.advance(5s);
    EXPECT_EQ(s.programs.of("x"), 1U);
    s.update(s.spec(
        "1.1", R"({"TaskTemplate":{"Placement":{"Constraints":["node.labels.name==none"]}}})"));
    s.sim.advance(1h);
    EXPECT_EQ(s.swarm.find("x")->status->state, "updating");
    EXPECT_EQ(s.programs.of("x"), 0U);
}

TEST(SwarmTimeline, ATakenHostPortStaysPending) {
    Stage s;
    const char* port =
        R"({"EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":80,"PublishMode":"host"}]}})";
    auto other = s.spec("1.0", port);
    other["Name"] = "y";
    s.create(std::move(other));
    s.sim.advance(1s);
    s.create(s.spec("1.0", port));
    s.sim.advance(1s);
    const auto mine = s.swarm.find("x")->tasks.front();
    EXPECT_EQ(mine->error, "no suitable node (host-mode port already in use on 1 node)");
    ASSERT_FALSE(s.swarm.remove("y"));
    s.sim.advance(5s);
    EXPECT_EQ(mine->state, TaskState::Running);
}

TEST(SwarmTimeline, ADrainedNodeLeavesTheUpdateStatusAlone) {
    Stage s;
    s.create(s.spec("1.0"));
    s.follows("drain", 0);
    s.swarm.drain(true);
    s.sim.advance(5s);
    EXPECT_EQ(s.programs.of("x"), 0U);
    EXPECT_FALSE(s.swarm.find("x")->status);
    s.swarm.drain(false);
    s.sim.advance(1s);
    EXPECT_EQ(s.programs.of("x"), 1U);
}

TEST(SwarmTimeline, EveryAcceptedUpdateErasesTheStatusAndMovesTheIndex) {
    Stage s;
    s.programs.images["mcp-demo:exit"] = exits(1);
    s.create(s.spec("1.0"));
    s.sim.advance(5s);
    s.update(s.spec("exit"));
    s.sim.advance(10s);
    ASSERT_EQ(s.swarm.find("x")->status->state, "paused");
    const auto version = s.swarm.find("x")->version;
    s.update(s.spec("exit"));
    s.sim.advance(1s);
    EXPECT_FALSE(s.swarm.find("x")->status);
    EXPECT_GT(s.swarm.find("x")->version, version);
    EXPECT_EQ(
        s.swarm.update("x", version, s.spec("1.0"))->message,
        "rpc error: code = Unknown desc = update out of sequence");
}

}  // namespace
}  // namespace wavegate::testing
