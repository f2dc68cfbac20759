#include "tests/unit/client/canned_operator.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string status_with(const std::string& standing) {
    return R"({"standing": ")" + standing + R"(", "lookNow": {"answered": 7},
        "rollout": {"id": "3f2a/1", "revision": "c0ffee", "paused": true},
        "waves": [
            {"name": "read-only", "phase": "Complete", "ready": 2, "members": 2, "soak": "6m",
             "watched": null, "waits": []},
            {"name": "data", "phase": "Halted", "ready": 0, "members": 1, "soak": "15m",
             "watched": "2m", "waits": [{"reason": "Rejected", "services": 1}]}],
        "services": [
            {"name": "a-mcp", "wave": "data", "auth": {"desired": "jwt", "live": "none"},
             "phase": "RolledBack", "waits": {"reason": "Rejected"}},
            {"name": "b-mcp", "wave": null, "auth": {"desired": null, "live": "jwt"},
             "phase": "Ready", "waits": null}],
        "waits": [{"object": "Service/a-mcp", "reason": "Rejected", "for": "a person",
                   "since": "2026-11-24T11:00:00Z", "until": "2026-11-24T12:30:00Z",
                   "endedBy": "wavegate rollout retry a-mcp", "message": "failed: Down"}]})";
}

int exit_of_status(const std::string& standing) {
    CannedOperator shell;
    shell.says("GET /status", status_with(standing));
    return shell.run({"rollout", "status"});
}

TEST(RolloutStatus, ExitsByTheStanding) {
    EXPECT_EQ(exit_of_status("Converged"), 0);
    EXPECT_EQ(exit_of_status("Moving"), 2);
    EXPECT_EQ(exit_of_status("Halted"), 3);
    EXPECT_EQ(exit_of_status("Awaited"), 5);
    EXPECT_EQ(exit_of_status(""), 1) << "what is not known is not good";
    EXPECT_EQ(CannedOperator().run({"rollout", "status"}), 1) << "nobody answers";
}

TEST(RolloutStatus, SaysWhyTheNewestRevisionIsNotInForceAndWhatTakesIt) {
    const auto printed = [](const std::string& source) {
        CannedOperator shell;
        shell.says("GET /status", R"({"standing": "Converged", "source": )" + source + "}");
        shell.run({"rollout", "status"});
        return shell.out.str();
    };
    EXPECT_THAT(
        printed(R"({"ready": false, "reason": "Held", "message": "it deletes 9", "seen": "4bc4"})"),
        HasSubstr("desired state not taken (Held): it deletes 9\n"
                  "  wavegate rollout accept --revision 4bc4 takes it all the same\n"));
    const auto invalid = printed(R"({"ready": false, "reason": "Invalid", "message": "errors"})");
    EXPECT_THAT(invalid, HasSubstr("desired state not taken (Invalid): errors\n"));
    EXPECT_THAT(invalid, Not(HasSubstr("rollout accept")));
    EXPECT_THAT(printed(R"({"ready": true, "reason": "Fetched"})"), Not(HasSubstr("not taken")));
}

TEST(RolloutStatus, SaysFirstWhichBackendsDoNotAnswer) {
    CannedOperator shell;
    shell.says("GET /status", R"({"standing": "Moving", "rollout": null, "waves": [], "waits": [],
        "backends": {"eunomia": {"ok": true, "message": ""},
                     "portainer": {"ok": false, "message": "list stacks: connection refused"}}})");
    shell.run({"rollout", "status"});
    EXPECT_THAT(
        shell.out.str(), ::testing::StartsWith("portainer: list stacks: connection refused\n"));
    EXPECT_THAT(shell.out.str(), ::testing::Not(HasSubstr("eunomia")));
}

TEST(RolloutStatus, SaysWhatEachWaitingThingWaitsFor) {
    CannedOperator shell;
    shell.says("GET /status", status_with("Halted"));

    EXPECT_EQ(shell.run({"rollout", "status"}), 3);
    EXPECT_EQ(
        shell.out.str(),
        "rollout 3f2a/1 of c0ffee: Halted (paused)\n"
        "Waves:\n"
        "  NAME        PHASE      READY   WATCHED   WAITS      MESSAGE\n"
        "  read-only   Complete   2/2\n"
        "  data        Halted     0/1     2m/15m    Rejected\n"
        "Waits:\n"
        "  OBJECT          REASON     SINCE   LEFT   WAITS FOR   ENDED BY                       "
        "MESSAGE\n"
        "  Service/a-mcp   Rejected   60m     30m    a person    wavegate rollout retry a-mcp   "
        "failed: Down\n");
}

TEST(RolloutStatus, PrintsTheSameAsJson) {
    CannedOperator shell;
    shell.says("GET /status", status_with("Halted"));

    EXPECT_EQ(shell.run({"rollout", "status", "-o", "json"}), 3);
    const auto value = boost::json::parse(shell.out.str());
    EXPECT_EQ(value.at("standing"), "Halted");
    EXPECT_EQ(value.at("id"), "3f2a/1");
    EXPECT_EQ(value.at("waves").as_array().size(), 2U);
}

TEST(RolloutShow, ListsEveryService) {
    CannedOperator shell;
    shell.says("GET /status", status_with("Halted"));

    EXPECT_EQ(shell.run({"rollout", "show"}), 0);
    EXPECT_THAT(
        shell.out.str(),
        HasSubstr("  SERVICE   WAVE   AUTH         PHASE        WAITS\n"
                  "  a-mcp     data   none → jwt   RolledBack   Rejected\n"
                  "  b-mcp            jwt          Ready\n"));
}

TEST(RolloutCommand, PostsToTheRolloutInForce) {
    for (const auto* verb : {"pause", "resume", "abort", "retry"}) {
        CannedOperator shell;
        shell.says("GET /status", status_with("Moving"))
            .says("POST /api/v1/rollouts/3f2a%2F1/" + std::string(verb), "{}", 202);
        EXPECT_EQ(shell.run({"rollout", verb}), 0) << verb;
        EXPECT_EQ(shell.sent.back().body, "{}") << verb;
        EXPECT_THAT(shell.out.str(), HasSubstr("accepted"));
    }
}

TEST(RolloutCommand, NamesTheServiceItMeans) {
    for (const auto* verb : {"retry", "accept"}) {
        CannedOperator shell;
        shell.says("GET /status", status_with("Moving"))
            .says("POST /api/v1/rollouts/3f2a%2F1/" + std::string(verb), "", 204);
        // A service may bear the name of a command.
        EXPECT_EQ(shell.run({"rollout", verb, "status"}), 0) << verb;
        EXPECT_EQ(shell.sent.back().body, R"({"service":"status"})") << verb;
    }
}

TEST(RolloutCommand, SaysWhyWhereAReasonIsGiven) {
    CannedOperator shell;
    shell.says("GET /status", status_with("Moving"))
        .says("POST /api/v1/rollouts/3f2a%2F1/pause", "", 204)
        .says("GET /status", status_with("Moving"))
        .says("POST /api/v1/rollouts/3f2a%2F1/accept", "", 204)
        .says("POST /api/v1/source/accept", R"({"done": "accept"})");
    EXPECT_EQ(shell.run({"rollout", "pause", "--reason", "exam week"}), 0);
    EXPECT_EQ(shell.sent.back().body, R"({"reason":"exam week"})");
    EXPECT_EQ(shell.run({"rollout", "accept", "a-mcp", "--reason", "it goes next week"}), 0);
    EXPECT_EQ(shell.sent.back().body, R"({"service":"a-mcp","reason":"it goes next week"})");
    EXPECT_EQ(shell.run({"rollout", "accept", "--revision", "4bc4", "--reason", "moved"}), 0);
    EXPECT_EQ(shell.sent.back().body, R"({"revision":"4bc4","reason":"moved"})");
}

TEST(RolloutCommand, FreezesUntilATimeOrUntilUnfreeze) {
    CannedOperator shell;
    shell.says("GET /status", status_with("Moving"))
        .says("POST /api/v1/rollouts/3f2a%2F1/freeze", "", 204)
        .says("GET /status", status_with("Moving"))
        .says("POST /api/v1/rollouts/3f2a%2F1/unfreeze", "", 204);
    EXPECT_EQ(shell.run({"rollout", "freeze", "--until", "2026-12-05T18:00:00Z"}), 0);
    EXPECT_EQ(shell.sent.back().body, R"({"until":"2026-12-05T18:00:00Z"})");
    EXPECT_EQ(shell.run({"rollout", "unfreeze"}), 0);
    EXPECT_EQ(shell.sent.back().body, "{}");
}

TEST(RolloutCommand, AcceptsNoServiceUnnamed) {
    CannedOperator shell;
    EXPECT_GT(shell.run({"rollout", "accept"}), 100);
    EXPECT_GT(shell.run({"rollout", "pause", "a-mcp"}), 100);
    EXPECT_TRUE(shell.sent.empty());
}

TEST(RolloutCommand, AcceptsARevisionThatIsHeldBackByItsName) {
    CannedOperator shell;
    shell.says("POST /api/v1/source/accept", R"({"done": "accept"})");
    EXPECT_EQ(shell.run({"rollout", "accept", "--revision", "4bc4"}), 0);
    EXPECT_EQ(shell.sent.back().body, R"({"revision":"4bc4"})");
    EXPECT_EQ(shell.out.str(), "revision 4bc4: accepted\n");
    EXPECT_GT(shell.run({"rollout", "accept", "a-mcp", "--revision", "4bc4"}), 100);
}

TEST(RolloutCommand, PassesOnWhyTheOperatorRefuses) {
    CannedOperator shell;
    shell.says("GET /status", status_with("Moving"))
        .says(
            "POST /api/v1/rollouts/3f2a%2F1/accept",
            R"({"error": "no such member of the rollout"})",
            404);
    EXPECT_EQ(shell.run({"rollout", "accept", "x"}), 1);
    EXPECT_EQ(shell.error.str(), "error: no such member of the rollout\n");
}

TEST(RolloutCommand, FailsWithoutARollout) {
    CannedOperator shell;
    shell.says("GET /status", R"({"standing": "Converged", "rollout": null})");
    EXPECT_EQ(shell.run({"rollout", "pause"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("no rollout yet"));
}

TEST(RolloutCommand, SaysPlainlyWhatIsNotYetSupported) {
    for (const auto* verb : {"approve", "undo"}) {
        CannedOperator shell;
        EXPECT_EQ(shell.run({"rollout", verb}), 1);
        EXPECT_EQ(
            shell.error.str(), "error: rollout " + std::string(verb) + " is not yet supported\n");
        EXPECT_EQ(shell.run({"rollout", verb, "a-mcp"}), 1);
        EXPECT_TRUE(shell.sent.empty());
    }
}

TEST(RolloutStatus, SaysWhatBrokeSinceWhenAndWhatEndsIt) {
    CannedOperator shell;
    shell.says("GET /status", R"({"standing": "Awaited", "rollout": {"id": "r", "revision": "c"},
        "broken": [
            {"object": "Fleet/home", "message": "policy open opens everything", "verb": null,
             "since": "2026-11-24T11:58:00Z"},
            {"object": "Service/a-mcp", "message": "a-mcp: Degraded: Unauthorized: Down",
             "since": "2026-11-24T11:55:00Z", "verb": "wavegate rollout accept a-mcp"}]})");
    EXPECT_EQ(shell.run({"rollout", "status"}), 5);
    EXPECT_EQ(
        shell.out.str(),
        "rollout r of c: Awaited\n"
        "policy open opens everything (for 2m)\n"
        "a-mcp: Degraded: Unauthorized: Down (for 5m)\n"
        "  wavegate rollout accept a-mcp ends it, if it does not end by itself\n");
}

constexpr const char* kProbed = R"({"name": "a-mcp", "passed": true, "evidence": [
    {"kind": "Through", "verdict": "Pass", "seen": "None", "phrase": "it answers",
     "taken": "2026-11-24T12:00:00Z"}]})";
constexpr const char* kFailed = R"({"name": "a-mcp", "passed": false, "evidence": [
    {"kind": "Unauthorized", "verdict": "Fail", "seen": "Down", "phrase": "it does not answer",
     "taken": "2026-11-24T12:00:00Z"}]})";

TEST(Probe, AsksTheOperatorAndEndsAsTheServiceAnswered) {
    CannedOperator shell;
    shell.says("POST /api/v1/services/a-mcp/probe", kProbed)
        .says("POST /api/v1/services/b-mcp/probe", kFailed);
    EXPECT_EQ(shell.run({"probe", "a-mcp"}), 0);
    EXPECT_EQ(
        shell.out.str(),
        "CHECK     VERDICT   SEEN   AGE   PHRASE\nThrough   Pass             0s    it answers\n");
    EXPECT_EQ(shell.run({"probe", "b-mcp"}), 4);
    EXPECT_EQ(shell.sent.size(), 2U) << "what was known before is not asked for";
}

TEST(Probe, FailsWhereTheOperatorDidNotAsk) {
    CannedOperator shell;
    shell
        .says(
            "POST /api/v1/services/c-mcp/probe", R"({"error": "no service is called c-mcp"})", 404)
        .says("POST /api/v1/services/d-mcp/probe", R"({"done": "look"})");
    EXPECT_EQ(shell.run({"probe", "c-mcp"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("no service is called c-mcp"));
    EXPECT_EQ(shell.run({"probe", "d-mcp"}), 1) << "an older one answers otherwise";
}

TEST(Probe, PrintsItsVerdictAsJson) {
    CannedOperator shell;
    shell.says("POST /api/v1/services/a-mcp/probe", kFailed);
    EXPECT_EQ(shell.run({"probe", "a-mcp", "-o", "json"}), 4);
    EXPECT_EQ(boost::json::parse(shell.out.str()).at("passed"), false);
}

}  // namespace
}  // namespace wavegate::client
