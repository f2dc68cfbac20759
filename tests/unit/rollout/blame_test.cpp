// How long a bad answer is borne, and whose fault it is.
#include "tests/unit/rollout/scene.hpp"

#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;

/// `c` answers since long; `a` was flipped, and its gates are being asked.
struct Flipped : Story {
    Flipped() {
        add("c", "first", AuthMode::Jwt, AuthMode::Jwt);
        add("a", "first");
        everything_is_well();
        adopt("c");
        everything_is_well();
        decide();
        bring_to_probing("a");
    }
    /// Asked over and over for so long, its direct probe says this; the shared parts are well but
    /// for what `c` says.
    void answer_for(Duration time, ProbeClass seen, Verdict control = Verdict::Pass) {
        for (Duration gone{}; gone < time; gone += 2s) {
            pass_time(2s);
            answer(CheckKind::Unauthorized, "a");
            answer(CheckKind::Direct, "a", Verdict::Fail, seen);
            gates_hold();
            if (asked(CheckKind::Through, "c")) {
                answer(CheckKind::Through, "c", control, ProbeClass::TokenRefused);
            }
            decide();
        }
    }
};

TEST(Blame, BearsAServiceThatIsDownForItsDeadline) {
    Flipped scene;
    scene.answer_for(9min, ProbeClass::Down);
    EXPECT_EQ(scene.member("a").phase(), Phase::Probing) << "images are slow to start";
    scene.answer_for(2min, ProbeClass::Down);
    EXPECT_EQ(scene.member("a").phase(), Phase::RollingBack);
}

TEST(Blame, BearsARefusedTokenFor45SecondsAndADenialFor10) {
    Flipped refused;
    refused.answer_for(40s, ProbeClass::TokenRefused);
    EXPECT_EQ(refused.member("a").phase(), Phase::Probing);
    refused.answer_for(20s, ProbeClass::TokenRefused);
    EXPECT_EQ(refused.member("a").phase(), Phase::RollingBack);
    Flipped denied;
    denied.answer_for(8s, ProbeClass::PolicyDenied);
    EXPECT_EQ(denied.member("a").phase(), Phase::Probing);
    denied.answer_for(12s, ProbeClass::PolicyDenied);
    EXPECT_EQ(denied.member("a").phase(), Phase::RollingBack);
}

TEST(Blame, AsksAServiceThatWasProvenBeforeItBlamesTheFlippedOne) {
    Flipped scene;
    scene.answer_for(40s, ProbeClass::PolicyDenied, Verdict::Fail);
    EXPECT_EQ(scene.member("a").phase(), Phase::Probing) << "the control fails just so";
    EXPECT_TRUE(scene.record.shared_bad());
}

TEST(Blame, RemembersNothingAgainstAServiceThatWentBackForASharedCause) {
    Flipped scene;
    scene.answer_for(11min, ProbeClass::PolicyDenied, Verdict::Fail);
    ASSERT_EQ(scene.member("a").phase(), Phase::RollingBack);
    scene.come_back("a");
    EXPECT_TRUE(scene.record.rejected().empty());
}

}  // namespace
}  // namespace wavegate::rollout
