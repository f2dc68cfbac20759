// What a claim rests on, and what people read first of what broke.
#include "operator/status/proofs.hpp"

#include "tests/support/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Evidence proof(CheckKind kind, Duration taken, Verdict verdict = Verdict::Pass) {
    Evidence one;
    one.kind = kind;
    one.subject = "searxng-mcp";
    one.verdict = verdict;
    one.seen = verdict == Verdict::Pass ? ProbeClass::None : ProbeClass::Down;
    one.phrase = "as it was";
    one.taken = sample_time(taken);
    return one;
}

/// searxng-mcp is Ready, by these answers; it is ten minutes later.
status::View ready_by(EvidenceLog evidence) {
    auto view = sample_view();
    auto ledger = std::make_shared<Ledger>();
    ledger->evidence = std::move(evidence);
    view.ledger = ledger;
    bring(view, "searxng-mcp", state::Ready(), sample_time(0min));
    view.now = sample_time(10min);
    return view;
}

status::Claim claim(const status::View& view) {
    const status::Index index(view);
    return status::claim_of(index, *index.members.at("searxng-mcp"));
}

TEST(Claim, IsAsOldAsTheOlderOfItsTwoProofs) {
    const auto view =
        ready_by({proof(CheckKind::Unauthorized, 9min), proof(CheckKind::Through, 6min)});
    EXPECT_EQ(claim(view).unproven, "");
    ASSERT_TRUE(claim(view).proven_at);
    EXPECT_EQ(claim(view).proven_at->wall, sample_time(6min).wall);
}

TEST(Claim, ThatIsOverdueIsUnprovenAndSaysForHowLong) {
    const auto young =
        ready_by({proof(CheckKind::Unauthorized, 9min), proof(CheckKind::Through, 4min)});
    EXPECT_EQ(claim(young).unproven, "") << "a minute of grace";
    const auto old =
        ready_by({proof(CheckKind::Unauthorized, 9min), proof(CheckKind::Through, 3min)});
    EXPECT_EQ(claim(old).unproven, "Ready, unproven for 7m");
    const status::Index index(old);
    EXPECT_FALSE(status::is_proven(index, *index.members.at("searxng-mcp")));
}

TEST(Claim, IsUnprovenOnceAnAnswerIsBad) {
    const auto view = ready_by(
        {proof(CheckKind::Unauthorized, 9min), proof(CheckKind::Through, 9min, Verdict::Fail)});
    EXPECT_THAT(claim(view).unproven, HasSubstr("Through gave Down 1m ago"));
    EXPECT_FALSE(claim(view).proven_at);
}

TEST(Headlines, BeginWithWhatIsSharedAndNameTheVerbOfEach) {
    auto view = sample_view();
    view.now = sample_time(10min);
    EXPECT_THAT(status::headlines(view), IsEmpty());
    EXPECT_EQ(status::headline_text(view), "");
    state::Degraded broken;
    broken.cause.message = "Unauthorized: Down (no answer)";
    bring(view, "searxng-mcp", broken, sample_time(8min));
    Wait fault;
    fault.object = "Fleet/homelab";
    fault.reason = Reason::SharedFault;
    fault.message = "policy open opens everything";
    fault.since = sample_time(7min);
    view.waits.push_back(fault);

    const auto found = status::headlines(view);
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].message, "policy open opens everything");
    EXPECT_EQ(found[0].verb, "") << "it ends by itself";
    EXPECT_EQ(found[1].message, "searxng-mcp: Degraded: Unauthorized: Down (no answer)");
    EXPECT_EQ(found[1].verb, "wavegate rollout accept searxng-mcp");
    EXPECT_EQ(status::headline_text(view), "policy open opens everything (for 3m); and 1 more");
}

TEST(Headlines, LeaveOutWhatAPersonAccepted) {
    auto view = sample_view();
    bring(view, "searxng-mcp", state::Degraded(), sample_time(8min));
    view.excepted = {"searxng-mcp"};
    EXPECT_THAT(status::headlines(view), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
