// Docker's event stream: what of it is heard, and what the double sends.
#include "operator/backends/portainer/events.hpp"

#include "tests/contract/portainer/rig.hpp"
#include "tests/support/spawn.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Hint = Stacks::Hint;
using Kind = Stacks::Hint::Kind;

const Hint kOpen{Kind::Open, {}};
const Hint kChanged{Kind::Changed, "a-mcp_app"};
const Hint kEnded{Kind::Ended, "a-mcp_app"};

json::array recorded_events() {
    std::ifstream in(kRecorded + "/swarm-events.json");
    std::stringstream text;
    text << in.rdbuf();
    return json::parse(text.str()).as_array();
}

TEST(EventLines, HearServicesInTheRecordedStreamHoweverItIsCut) {
    std::string stream;
    std::size_t services = 0;
    for (const auto& entry : recorded_events()) {
        if (const auto* event = entry.as_object().if_contains("event")) {
            stream += json::serialize(*event) + "\n";
            services += event->at("Type") == "service" ? 1U : 0U;
        }
    }
    ASSERT_GT(services, 10U);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        portainer::EventLines lines;
        std::size_t heard = 0;
        std::size_t ended = 0;
        const auto tell = [&](const Hint& hint) {
            EXPECT_FALSE(hint.service.empty());
            ++heard;
            ended += hint.kind == Kind::Ended ? 1U : 0U;
        };
        for (std::size_t at = 0; at < stream.size(); at += step) {
            ASSERT_TRUE(lines.take(std::string_view(stream).substr(at, step), tell));
        }
        EXPECT_EQ(heard, services) << step;
        EXPECT_GT(ended, 0U);
        EXPECT_LT(ended, heard / 2) << "the change and its beginning are told before the end";
    }
}

/// What is heard of a text; nothing: it is garbage.
std::optional<std::size_t> heard_in(std::string_view text) {
    std::size_t heard = 0;
    const bool good = portainer::EventLines().take(text, [&](const Hint& /*hint*/) { ++heard; });
    return good ? std::optional(heard) : std::nullopt;
}

TEST(EventLines, TellGarbageFromEvents) {
    EXPECT_EQ(heard_in("{\"Type\":\"service\"}\n"), 1U);
    EXPECT_EQ(heard_in("{\"Type\":\"service\"}"), 0U) << "not ended yet";
    EXPECT_EQ(heard_in("{\"Type\":\"network\"}\r\n\n"), 0U);
    EXPECT_EQ(heard_in("{\"Type\":\"service\"}\n{\"Type\":\"node\"}\n"), 1U);
    for (const auto* text :
         {"<html>\n", "[]\n", "{}\n", "{\"Type\":7}\n", "{\"message\":\"no\"}\n", "\xff\xfe\n"}) {
        EXPECT_EQ(heard_in(text), std::nullopt) << text;
    }
}

TEST(EventLines, TellTheEndOfAnUpdateFromItsWay) {
    for (const auto& [state, kind] : std::vector<std::pair<std::string, Kind>>{
             {"updating", Kind::Changed},
             {"rollback_started", Kind::Ended},
             {"completed", Kind::Ended},
             {"paused", Kind::Ended},
             {"rollback_completed", Kind::Ended},
             {"rollback_paused", Kind::Ended},
             {"something new", Kind::Ended}}) {
        std::vector<Hint> hints;
        const auto line = R"({"Type":"service","Actor":{"Attributes":{"name":"a-mcp_app",)"
                          R"("updatestate.new":")" +
                          state + "\"}}}\n";
        EXPECT_TRUE(portainer::EventLines().take(
            line, [&](Hint hint) { hints.push_back(std::move(hint)); }));
        EXPECT_THAT(hints, ElementsAre(Hint{kind, "a-mcp_app"})) << state;
    }
}

TEST(EventLines, HoldNoLineThatIsLongerThanAny) {
    portainer::EventLines lines;
    const std::string piece(16U << 10U, 'x');
    const auto tell = [](const Hint& /*hint*/) {};
    int taken = 0;
    while (lines.take(piece, tell)) {
        ASSERT_LT(++taken, 5);
    }
    EXPECT_FALSE(portainer::EventLines().take(std::string(1U << 20U, ' '), tell));
}

/// A stack of one service, and a client that follows.
struct Followed : Rig {
    std::vector<Hint> hints;
    std::shared_ptr<Outcome<Result<void>>> ended;

    Followed() {
        must(portainer.add_stack("a-mcp", compose("      A: '1'\n")));
        sim.advance(30s);
        auto tell = [this](Hint hint) { hints.push_back(hint); };
        ended = start(sim.executor(), client.watch(std::move(tell)));
        sim.settle();
    }
    sandbox::ServicePtr app() { return portainer.swarm().find("a-mcp_app"); }
    void restart() {
        auto spec = app()->spec;
        spec["TaskTemplate"].as_object()["ForceUpdate"] = 7;
        EXPECT_FALSE(portainer.swarm().update(app()->id, app()->version, std::move(spec)));
    }
};

TEST(Events, AChangeIsToldWhenItHappensAndSilenceIsNoEnd) {
    Followed rig;
    EXPECT_EQ(
        rig.tap.seen.back().first,
        "GET /api/endpoints/1/docker/events?filters=%7B%22type%22%3A%5B%22service%22%5D%7D");
    EXPECT_THAT(rig.hints, ElementsAre(kOpen)) << "the head comes at once";
    rig.sim.advance(1h);
    EXPECT_FALSE(rig.ended->ended);
    rig.restart();
    EXPECT_THAT(rig.hints, ElementsAre(kOpen, kChanged));
    rig.sim.advance(1min);
    EXPECT_THAT(rig.hints, ElementsAre(kOpen, kChanged, kChanged, kEnded))
        << "the change, updating, completed";
}

TEST(Events, TheOtherSidesEndIsAGoodOne) {
    Followed rig;
    rig.portainer.cut_events();
    rig.sim.settle();
    ASSERT_TRUE(rig.ended->ended);
    EXPECT_TRUE(rig.ended->take());
    rig.restart();
    EXPECT_THAT(rig.hints, ElementsAre(kOpen));
}

TEST(Events, WhereThereIsNoStreamItIsAnErrorAndNothingIsTold) {
    for (const auto* environment : {"primary", "secondary"}) {
        sandbox::PortainerSettings settings;
        settings.environment = environment;
        Rig rig(settings);
        rig.portainer.engine_down(true);
        std::vector<Hint> hints;
        auto tell = [&](Hint hint) { hints.push_back(hint); };
        const auto ended = rig.sim.run(rig.client.watch(std::move(tell)));
        ASSERT_FALSE(ended);
        EXPECT_EQ(ended.error().effect(), Effect::None);
        EXPECT_THAT(hints, IsEmpty());
    }
}

/// As the recording tells of a service's life.
class ToldByTheDouble : public ::testing::Test {
  protected:
    ToldByTheDouble() {
        rig_.portainer.swarm().on_event = [this](const json::object& event) {
            auto attributes = event.at("Actor").at("Attributes").as_object();
            attributes.erase("name");
            std::string line(event.at("Action").as_string());
            for (const std::string name : {"image", "replicas", "updatestate"}) {
                for (const auto* side : {".old", ".new"}) {
                    if (const auto* value = attributes.if_contains(name + side)) {
                        line += " " + name + side + "=" + std::string(value->as_string());
                    }
                }
            }
            told_.push_back(std::move(line));
        };
    }
    void update(const std::function<void(json::object&)>& change) {
        const auto service = rig_.portainer.swarm().find("s");
        auto spec = service->spec;
        change(spec);
        told_.clear();
        EXPECT_FALSE(rig_.portainer.swarm().update(service->id, service->version, std::move(spec)));
        rig_.sim.advance(1min);
    }
    void image(const std::string& image, const std::string& on_failure = "pause") {
        update([&](json::object& spec) {
            spec["TaskTemplate"].as_object()["ContainerSpec"].as_object()["Image"] = image;
            spec["UpdateConfig"].as_object()["FailureAction"] = on_failure;
        });
    }

    Rig rig_;
    std::vector<std::string> told_;
};

TEST_F(ToldByTheDouble, AServicesLife) {
    rig_.programs.images["demo:exit"] = exits(1);
    auto spec = json::parse(R"({"Name":"s","Labels":{},"UpdateConfig":{},
        "TaskTemplate":{"ContainerSpec":{"Image":"demo:1"}},
        "Mode":{"Replicated":{"Replicas":1}}})");
    ASSERT_FALSE(rig_.portainer.swarm().create(std::move(spec.as_object())));
    EXPECT_THAT(told_, ElementsAre("create", "update"));
    rig_.sim.advance(1min);
    image("demo:2");
    EXPECT_THAT(
        told_,
        ElementsAre(
            "update image.old=demo:1 image.new=demo:2",
            "update updatestate.new=updating",
            "update updatestate.old=updating updatestate.new=completed"));
    image("demo:exit", "rollback");
    EXPECT_THAT(
        told_,
        ElementsAre(
            "update image.old=demo:2 image.new=demo:exit",
            "update updatestate.new=updating",
            "update image.old=demo:exit image.new=demo:2 updatestate.old=updating "
            "updatestate.new=rollback_started",
            "update updatestate.old=rollback_started updatestate.new=rollback_completed"));
    update([](json::object& changed) { changed["Labels"].as_object()["a"] = "b"; });
    EXPECT_THAT(told_, ElementsAre("update"));
    update([](json::object& changed) {
        changed["Mode"].as_object()["Replicated"].as_object()["Replicas"] = 2;
    });
    EXPECT_EQ(told_.front(), "update replicas.old=1 replicas.new=2");
    told_.clear();
    ASSERT_FALSE(rig_.portainer.swarm().remove("s"));
    EXPECT_THAT(told_, ElementsAre("remove"));
}

}  // namespace
}  // namespace wavegate::testing
