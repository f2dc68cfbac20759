// When what is told of Swarm's events rings, and what becomes of a stream that is lost.
#include "reconcilers/fleet/listener.hpp"

#include "tests/support/seeded_random.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace wavegate::fleet {
namespace {

using namespace std::chrono_literals;
using Kind = Stacks::Hint::Kind;
using ::testing::ElementsAre;

/// What becomes of the streams, as a test scripts it.
struct Script {
    explicit Script(Clock& c) : clock(c) {}
    Clock& clock;
    bool opens = true;
    Duration lasts = std::chrono::hours(24);
    std::optional<Error> error;
    std::vector<Mono> asked;
    std::size_t standing = 0;
    std::function<void(Stacks::Hint)> tell;
};

class ScriptedStacks final : public Stacks {
  public:
    explicit ScriptedStacks(Script& script) : script_(script) {}
    Task<std::vector<StackView>> list() override { co_return std::vector<StackView>(); }
    Task<SwarmView> swarm() override { co_return SwarmView(); }
    Task<SwarmView> around(std::string /*stack*/, std::string /*service*/) override {
        co_return SwarmView();
    }
    Task<StackView> stack(int /*id*/) override { co_return StackView(); }
    Task<std::string> file(int /*id*/) override { co_return std::string(); }
    Task<Receipt> apply(Permit /*permit*/) override { co_return Receipt(); }

    Task<void> watch(std::function<void(Hint)> tell) override {
        const Standing standing(script_);
        script_.asked.push_back(script_.clock.now().mono);
        script_.tell = std::move(tell);
        if (script_.opens) {
            script_.tell({Hint::Kind::Open, {}});
        }
        static_cast<void>(
            co_await script_.clock.sleep_until(script_.clock.now().mono + script_.lasts));
        if (script_.error) {
            co_return *script_.error;
        }
        co_return Result<void>();
    }

  private:
    struct Standing {
        explicit Standing(Script& s) : script(s) { ++script.standing; }
        ~Standing() { --script.standing; }
        Standing(const Standing&) = delete;
        Standing& operator=(const Standing&) = delete;
        Script& script;
    };
    Script& script_;
};

class Listening : public ::testing::Test {
  protected:
    ~Listening() override { stop(); }
    void listen() {
        auto backends = std::make_shared<Backends>();
        backends->stacks = std::make_unique<ScriptedStacks>(script_);
        listener_.listen(sim_.executor(), std::move(backends));
        sim_.settle();
    }
    void stop() {
        listener_.cancel();
        sim_.settle();
    }
    void change() { tell(Kind::Changed, "foreign_app"); }
    void tell(Kind kind, const std::string& service) {
        script_.tell({kind, service});
        sim_.settle();
    }

    testing::Simulation sim_;
    Script script_{sim_.clock};
    testing::SeededRandom random_;
    int rings_ = 0;
    std::vector<Kind> rang_;
    Listener listener_{
        sim_.clock,
        &random_,
        [this](Kind kind) {
            ++rings_;
            rang_.push_back(kind);
        },
        [](const std::string& service) { return service == "ours_app"; }};
};

TEST_F(Listening, RingsAtOnceAndForManyEventsOnceASecond) {
    listen();
    EXPECT_EQ(rings_, 0) << "a stream that opens tells nothing";
    change();
    EXPECT_EQ(rings_, 1);
    for (int i = 0; i < 30; ++i) {
        change();
        sim_.advance(100ms);
    }
    EXPECT_GE(rings_, 4);
    EXPECT_LE(rings_, 5);
    sim_.advance(1min);
    const auto rang = rings_;
    sim_.advance(5min);
    EXPECT_EQ(rings_, rang) << "silence rings for nothing";
}

TEST_F(Listening, RingsOnceForUpdatesThatEndTogether) {
    listen();
    for (int i = 0; i < 4; ++i) {
        tell(Kind::Ended, "ours_app");
        sim_.advance(10ms);
    }
    EXPECT_EQ(rings_, 0);
    sim_.advance(240ms);
    EXPECT_THAT(rang_, ElementsAre(Kind::Ended));
    sim_.advance(1min);
    EXPECT_EQ(rings_, 1);
}

TEST_F(Listening, RingsForNoChangeThatIsAwaitedAndAtOnceForAnother) {
    listen();
    tell(Kind::Changed, "ours_app");
    sim_.advance(1min);
    EXPECT_EQ(rings_, 0) << "its end is what there is to be seen";
    tell(Kind::Ended, "ours_app");
    tell(Kind::Changed, "foreign_app");
    EXPECT_THAT(rang_, ElementsAre(Kind::Changed)) << "and the end with it";
    sim_.advance(1min);
    EXPECT_EQ(rings_, 1);
}

TEST_F(Listening, OpensAStreamAnewAndRingsForWhatItMissed) {
    listen();
    sim_.advance(9min);
    EXPECT_EQ(script_.asked.size(), 1U);
    sim_.advance(2min);
    EXPECT_EQ(script_.asked.size(), 2U) << "it may have been silent because it was dead";
    EXPECT_EQ(script_.standing, 1U);
    EXPECT_EQ(rings_, 1);
    change();
    EXPECT_EQ(rings_, 2);
}

TEST_F(Listening, WaitsLongerAndLongerForOneThatIsCut) {
    script_.lasts = 1ms;
    listen();
    sim_.advance(1h);
    EXPECT_LE(script_.asked.size(), 35U);
    EXPECT_GE(script_.asked.size(), 15U) << "and never gives up";
    EXPECT_LE(rings_, static_cast<int>(script_.asked.size()));
    // Good again: the next loss is taken lightly.
    script_.lasts = 2min;
    sim_.advance(20min);
    const auto asked = script_.asked.size();
    sim_.advance(10min);
    EXPECT_GE(script_.asked.size(), asked + 4);
}

TEST_F(Listening, LeavesAServerAloneThatHasNone) {
    script_.opens = false;
    script_.lasts = 1ms;
    script_.error = Error(ErrorKind::NotFound, "none");
    listen();
    sim_.advance(1h);
    EXPECT_LE(script_.asked.size(), 25U);
    EXPECT_GE(script_.asked.size(), 10U);
    EXPECT_EQ(rings_, 0);
}

TEST_F(Listening, GivesUpOnOneThatNeverOpens) {
    script_.opens = false;
    listen();
    sim_.advance(9s);
    EXPECT_EQ(script_.standing, 1U);
    sim_.advance(1500ms);
    EXPECT_EQ(script_.standing, 0U);
    sim_.advance(30min);
    EXPECT_LE(script_.standing, 1U);
    EXPECT_EQ(rings_, 0);
}

TEST_F(Listening, EndsAtOnceAndBeginsAnewForOthers) {
    listen();
    stop();
    EXPECT_EQ(script_.standing, 0U);
    sim_.run(listener_.join());
    listen();
    listen();
    EXPECT_EQ(script_.standing, 1U) << "of those before there is none left";
    change();
    EXPECT_GE(rings_, 1);
}

}  // namespace
}  // namespace wavegate::fleet
