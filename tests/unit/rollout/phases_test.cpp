#include "reconcilers/rollout/phases.hpp"

#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

TEST(PhaseTable, HasAnAnswerInEveryCell) {
    for (std::size_t p = 0; p < kPhases; ++p) {
        for (std::size_t h = 0; h < kHappenings; ++h) {
            const auto phase = static_cast<Phase>(p);
            const auto happening = static_cast<Happening>(h);
            EXPECT_NE(cell(phase, happening).kind, Cell::Kind::Missing)
                << to_string(phase) << " × " << to_string(happening);
        }
    }
}

TEST(PhaseTable, LetsAServiceThatGoesBackFinishBeforeANewerCommitTakesIt) {
    EXPECT_EQ(cell(Phase::RollingBack, Happening::Retargeted).kind, Cell::Kind::Ignore);
    EXPECT_EQ(cell(Phase::RolledBack, Happening::Retargeted).next, Phase::Pending);
}

TEST(PhaseTable, EndsEveryFailureInGoingBackHeldOrFailed) {
    for (const auto phase : {Phase::Flipping, Phase::Converging, Phase::Probing, Phase::Probed}) {
        EXPECT_EQ(cell(phase, Happening::Failed).next, Phase::RollingBack) << to_string(phase);
        EXPECT_EQ(cell(phase, Happening::NoWayBack).next, Phase::Failed) << to_string(phase);
        EXPECT_EQ(cell(phase, Happening::Kept).next, Phase::Held) << to_string(phase);
    }
}

TEST(PhaseTable, TakesBackOnAbortWhatIsInFlightAndNothingElse) {
    for (std::size_t p = 0; p < kPhases; ++p) {
        const auto phase = static_cast<Phase>(p);
        const bool flies = phase == Phase::Converging || phase == Phase::Probing ||
                           phase == Phase::Probed;  // Flipping: its answer is awaited first
        EXPECT_EQ(cell(phase, Happening::Aborted).kind == Cell::Kind::Move, flies)
            << to_string(phase);
    }
}

TEST(PhaseTable, GivesEveryRestingPhaseAVerbThatEndsIt) {
    for (const auto phase : {Phase::RolledBack, Phase::Failed, Phase::Held}) {
        EXPECT_EQ(cell(phase, Happening::Retried).next, Phase::Pending) << to_string(phase);
    }
    EXPECT_EQ(cell(Phase::Stuck, Happening::Accepted).next, Phase::RolledBack);
}

TEST(PhaseTable, LetsWhatBrokeAfterItWasReadyRecoverOrLeaveAsReadyDoes) {
    EXPECT_EQ(cell(Phase::Ready, Happening::Broke).next, Phase::Degraded);
    EXPECT_EQ(cell(Phase::Degraded, Happening::Recovered).next, Phase::Ready);
    for (const auto leaves :
         {Happening::HandChanged, Happening::Restarted, Happening::Retargeted}) {
        EXPECT_EQ(cell(Phase::Degraded, leaves).next, cell(Phase::Ready, leaves).next)
            << to_string(leaves);
    }
    for (const auto back : {Happening::Failed, Happening::WriteFailed, Happening::Kept}) {
        EXPECT_EQ(cell(Phase::Degraded, back).kind, Cell::Kind::Ignore) << "it is never sent back";
    }
}

}  // namespace
}  // namespace wavegate::rollout
