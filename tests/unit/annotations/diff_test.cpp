#include "reconcilers/annotations/diff.hpp"

#include "tests/support/changed_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::annotations {
namespace {

Time at(int seconds) {
    return {Wall(std::chrono::seconds(seconds)), Mono(std::chrono::seconds(seconds))};
}

struct Scene {
    DesiredState desired;
    Observed observed;
    RolloutRecord record;
    Ledger ledger;

    Scene() {
        desired.fleet.name = "home";
        desired.fleet.grafana = GrafanaSpec{"http://grafana", {}};
        observed.annotations = Seen<std::vector<Annotation>>(std::vector<Annotation>(), at(0));
        change([](RolloutFields& fields) {
            fields.id = "r1";
            fields.revision = "abc";
            fields.started = at(1);
        });
        Intent flip;
        flip.id = "i1";
        flip.kind = "flip";
        flip.service = "a-mcp";
        flip.rollout = "r1";
        flip.to = AuthMode::Jwt;
        flip.state = IntentState::Written;
        flip.settled = at(5);
        ledger.intents.push_back(flip);
    }

    template <class Change>
    void change(Change by) {
        record = testing::changed(record, by);
    }
    std::vector<Edit> edits() const { return diff(desired, observed, record, ledger).edits; }

    /// Grafana holds from now on what the edits ask for.
    void carry_out() {
        auto held = *observed.annotations;
        for (const auto& edit : edits()) {
            auto wanted = std::get<AnnotationEdit>(edit.body).wanted;
            wanted.id = static_cast<std::int64_t>(held.size()) + 1;
            held.push_back(wanted);
        }
        observed.annotations = Seen<std::vector<Annotation>>(std::move(held), at(9));
    }
};

TEST(Annotations, AreARegionPerRolloutAndAPointPerFlip) {
    const Scene scene;
    EXPECT_EQ(scene.edits().size(), 2U);
}

TEST(Annotations, AreNotMadeTwice) {
    Scene scene;
    scene.carry_out();
    EXPECT_TRUE(scene.edits().empty());
}

TEST(Annotations, CloseTheRegionWhenTheRolloutFinished) {
    Scene scene;
    scene.carry_out();
    scene.change([](RolloutFields& fields) { fields.finished = at(60); });
    const auto edits = scene.edits();
    ASSERT_EQ(edits.size(), 1U);
    const auto& body = std::get<AnnotationEdit>(edits.front().body);
    EXPECT_NE(body.id, 0) << "the open one is patched";
    EXPECT_EQ(body.wanted.time_end_ms, 60'000);
}

TEST(Annotations, CloseNoRegionBeforeItsBeginningWhenTheClockWasSetBack) {
    Scene scene;
    scene.change([](RolloutFields& fields) { fields.started = at(100); });
    scene.carry_out();
    scene.change([](RolloutFields& fields) { fields.finished = at(60); });
    const auto edits = scene.edits();
    ASSERT_EQ(edits.size(), 1U);
    EXPECT_EQ(std::get<AnnotationEdit>(edits.front().body).wanted.time_end_ms, 100'000);
}

TEST(Annotations, TellAWayBackAndAHalt) {
    Scene scene;
    auto back = scene.ledger.intents.front();
    back.id = "i2";
    back.kind = "wayback";
    scene.ledger.intents.push_back(back);
    scene.change([](RolloutFields& fields) {
        fields.members = {testing::member_in("a-mcp", state::RolledBack(), at(7))};
    });
    EXPECT_EQ(scene.edits().size(), 4U);
}

const Cause kWhy{Reason::GateFailed, "why", false};

state::Stuck stuck() {
    state::Stuck state;
    state.back.cause = kWhy;
    state.back.flight.flipped = at(5);
    return state;
}

std::string halt_of(Scene& scene, MemberState state) {
    scene.carry_out();
    scene.change([&](RolloutFields& fields) {
        fields.members = {testing::member_in("a-mcp", std::move(state), at(7))};
    });
    const auto edits = scene.edits();
    return edits.size() == 1 ? std::get<AnnotationEdit>(edits.front().body).wanted.text
                             : std::to_string(edits.size());
}

TEST(Annotations, TellOfWhatIsStuckOrFailedOrHeld) {
    Scene scene;
    EXPECT_EQ(halt_of(scene, stuck()), "stuck: a-mcp: why");
    EXPECT_EQ(halt_of(scene, state::Failed{"", kWhy}), "failed: a-mcp: why");
    EXPECT_EQ(halt_of(scene, state::Held{{}, kWhy}), "halted: a-mcp: why");
}

TEST(Annotations, TellOfNoHaltWhereThereIsNone) {
    Scene scene;
    EXPECT_EQ(halt_of(scene, state::Pending()), "0");
    Cause outage = kWhy;
    outage.shared = true;
    EXPECT_EQ(halt_of(scene, state::RolledBack{"", outage}), "0");
}

TEST(Annotations, TellOnceOfWhatStaysStuckThroughItsRetries) {
    Scene scene;
    ASSERT_EQ(halt_of(scene, stuck()), "stuck: a-mcp: why");
    scene.carry_out();
    scene.change([](RolloutFields& fields) { fields.members.front().since = at(67); });
    EXPECT_TRUE(scene.edits().empty());
}

TEST(Annotations, TellWhenTheMultiplexerHaltsTheRollout) {
    Scene scene;
    scene.carry_out();
    scene.change([](RolloutFields& fields) {
        fields.multiplexer.state = stage::Failed{"MultiplexerLosesChildren"};
        fields.multiplexer.since = at(9);
    });
    const auto edits = scene.edits();
    ASSERT_EQ(edits.size(), 1U);
    EXPECT_EQ(
        std::get<AnnotationEdit>(edits.front().body).wanted.text,
        "halted: the multiplexer: MultiplexerLosesChildren");
}

TEST(Annotations, NeedADeclaredGrafana) {
    Scene scene;
    scene.desired.fleet.grafana.reset();
    EXPECT_TRUE(scene.edits().empty());
}

}  // namespace
}  // namespace wavegate::annotations
