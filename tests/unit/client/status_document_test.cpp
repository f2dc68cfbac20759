// What commands print of the documents that the operator itself writes: a member that one side
// renames shows here.
#include "operator/status/document.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/unit/client/canned_operator.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

using ::testing::HasSubstr;

Time minutes_ago(int minutes) {
    const auto ago = std::chrono::minutes(minutes);
    return {*parse_rfc3339("2026-11-24T12:00:00Z") - ago, Mono(std::chrono::hours(9) - ago)};
}

std::shared_ptr<const DesiredState> fleet_of_one() {
    DesiredState desired;
    desired.revision = "c0ffee";
    desired.fleet.name = "homelab";
    desired.fleet.waves.resize(1);
    desired.fleet.waves.front().name = "data";
    desired.services.resize(1);
    desired.services.front().name = "a-mcp";
    desired.services.front().stack = "a-stack";
    desired.services.front().wave = "data";
    desired.services.front().auth = AuthMode::Jwt;
    desired.services.front().declared = true;
    desired.clients.resize(1);
    desired.clients.front().name = "mux";
    desired.clients.front().client_id = "mcp-mux";
    desired.policies.resize(1);
    desired.policies.front().name = "baseline";
    return std::make_shared<const DesiredState>(std::move(desired));
}

Evidence through(Verdict verdict, int minutes) {
    Evidence evidence;
    evidence.kind = CheckKind::Through;
    evidence.subject = "a-mcp";
    evidence.verdict = verdict;
    evidence.seen = verdict == Verdict::Pass ? ProbeClass::Enforcing : ProbeClass::Down;
    evidence.phrase = "refused";
    evidence.taken = minutes_ago(minutes);
    return evidence;
}

Wait wait_for_a_person() {
    Wait wait;
    wait.object = "Service/a-mcp";
    wait.reason = Reason::GateFailed;
    wait.message = "through: Down";
    wait.since = minutes_ago(5);
    wait.verb = "retry";
    return wait;
}

status::View halted() {
    status::View view;
    view.now = minutes_ago(0);
    view.desired = fleet_of_one();
    view.standing = "Halted";
    view.answered = 3;
    view.waves["data"] = WavePhase::Halted;
    view.record = testing::changed(view.record, [](RolloutFields& fields) {
        fields.id = "r1";
        fields.revision = "c0ffee";
        fields.started = minutes_ago(60);
        state::RolledBack state;
        state.cause.reason = Reason::GateFailed;
        fields.members = {testing::member_in("a-mcp", state, minutes_ago(5))};
    });
    view.holds["Service/a-mcp"] = {Reason::GateFailed, ""};
    view.waits.push_back(wait_for_a_person());
    Ledger ledger;
    ledger.evidence.push_back(through(Verdict::Pass, 30));
    ledger.evidence.push_back(through(Verdict::Fail, 6));
    view.ledger = std::make_shared<const Ledger>(std::move(ledger));
    view.events.push_back(
        {minutes_ago(5), "Warning", "Service/a-mcp", "RolledBack", "through failed"});
    return view;
}

class StatusDocument : public ::testing::Test {
  protected:
    StatusDocument() {
        const auto view = halted();
        shell.says("GET /status", boost::json::serialize(status::status_document(view)))
            .says("GET /api/v1/services", boost::json::serialize(status::services_list(view)))
            .says("GET /api/v1/waves", boost::json::serialize(status::waves_list(view)))
            .says("GET /api/v1/rollouts", boost::json::serialize(status::rollouts_list(view)))
            .says("GET /api/v1/events", boost::json::serialize(status::events_list(view)))
            .says("POST /api/v1/rollouts/r1/retry", "{}", 202);
    }

    std::string row(const std::vector<std::string>& arguments) {
        EXPECT_EQ(shell.run(arguments), 0);
        const auto text = shell.out.str();
        return text.substr(text.find('\n') + 1);
    }

    CannedOperator shell;
};

TEST_F(StatusDocument, FillsTheColumnsOfEachKind) {
    EXPECT_THAT(
        row({"get", "services"}),
        ::testing::ContainsRegex("^a-mcp +data +RolledBack +False +GateFailed\n"));
    EXPECT_THAT(
        row({"get", "waves"}), ::testing::ContainsRegex("^data +Halted +0 +1 +GateFailed\n"));
    EXPECT_EQ(row({"get", "rollouts"}).substr(0, 24), "r1   c0ffee     Halted  ");
    EXPECT_THAT(row({"get", "clients"}), ::testing::ContainsRegex("^mux +mcp-mux +Unknown"));
    EXPECT_THAT(row({"get", "policies"}), ::testing::ContainsRegex("^baseline +Unknown"));
    EXPECT_EQ(row({"events"}), "5m    Warning   RolledBack   Service/a-mcp   through failed\n");
}

TEST_F(StatusDocument, ShowsEvidenceWaitsAndEventsOfAService) {
    EXPECT_EQ(shell.run({"describe", "service", "a-mcp"}), 0);
    const auto text = shell.out.str();
    EXPECT_THAT(text, HasSubstr("  Through   Fail      Down   6m    refused\n"));
    EXPECT_THAT(text, HasSubstr("  Service/a-mcp   GateFailed   5m"));
    EXPECT_THAT(text, HasSubstr("  5m    Warning   RolledBack   Service/a-mcp   through failed\n"));
    EXPECT_THAT(text, HasSubstr("Conditions:\n"));
}

TEST_F(StatusDocument, CountsWhatWaitsInAWave) {
    EXPECT_EQ(shell.run({"describe", "wave", "data"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("  1 of it   GateFailed\n"));
}

TEST_F(StatusDocument, NamesTheModeThatIsNotKnownToRun) {
    EXPECT_EQ(shell.run({"rollout", "show"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("unknown → jwt"));
}

TEST_F(StatusDocument, TellsThatTheRolloutIsHalted) {
    EXPECT_EQ(shell.run({"rollout", "status"}), 3);
    EXPECT_THAT(shell.out.str(), HasSubstr("rollout r1 of c0ffee: Halted\n"));
    EXPECT_THAT(shell.out.str(), HasSubstr("Service/a-mcp   GateFailed   5m"));
    EXPECT_EQ(shell.run({"rollout", "retry", "a-mcp"}), 0);
}

TEST_F(StatusDocument, HeadlinesWhatWasReadyAndAnswersNoMore) {
    auto view = halted();
    view.standing = "Awaited";
    view.record = testing::changed(view.record, [](RolloutFields& fields) {
        state::Degraded state;
        state.cause.message = "Through: Down (refused)";
        fields.members = {testing::member_in("a-mcp", state, minutes_ago(5))};
    });
    CannedOperator operator_;
    operator_.says("GET /status", boost::json::serialize(status::status_document(view)));
    EXPECT_EQ(operator_.run({"rollout", "status"}), 5);
    EXPECT_THAT(
        operator_.out.str(),
        HasSubstr("a-mcp: Degraded: Through: Down (refused) (for 5m)\n"
                  "  wavegate rollout accept a-mcp "));
}

}  // namespace
}  // namespace wavegate::client
