#include "operator/formats/yaml.hpp"
#include "tests/unit/client/canned_operator.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kServices = R"({"items": [
    {"kind": "McpService", "metadata": {"name": "a-mcp"},
     "spec": {"auth": "jwt", "wave": "read-only", "stack": "a-stack"},
     "status": {"auth": "jwt", "phase": "Ready", "provenAt": "2026-11-24T11:58:00Z", "waits": [],
     "conditions": [
        {"type": "Ready", "status": "True", "reason": "Soaked", "message": "all checks passed",
         "lastTransitionTime": "2026-11-24T11:48:00Z"}], "evidence": []}},
    {"kind": "McpService", "metadata": {"name": "b-mcp"},
     "spec": {"auth": "jwt", "wave": "data", "stack": "b-stack", "policy": ["base", "more"]},
     "status": {"auth": "none", "phase": "Pending", "cause": null,
     "waits": [{"object": "Service/b-mcp", "for": "its wave's turn", "reason": "WaitingForWave",
                "message": "", "since": "2026-11-24T11:00:00Z", "until": null, "verb": "",
                "endedBy": "the wave before it"}],
     "conditions": [{"type": "Ready", "status": "False", "message": "waits"}],
     "evidence": [
        {"kind": "Through", "verdict": "Pass", "seen": "None", "phrase": "old",
         "taken": "2026-11-24T11:00:00Z"},
        {"kind": "Through", "verdict": "Fail", "seen": "Down", "phrase": "refused",
         "taken": "2026-11-24T11:59:30Z"},
        {"kind": "Open", "verdict": "Pass", "seen": "None",
         "taken": "2026-11-24T11:59:00Z"}]}}]})";

constexpr const char* kEvents = R"({"items": [
    {"at": "2026-11-24T11:55:00Z", "kind": "Normal", "object": "Service/a-mcp",
     "reason": "Flipped", "message": "auth is jwt now"},
    {"at": "2026-11-24T11:59:00Z", "kind": "Warning", "object": "Service/b-mcp",
     "reason": "GateFailed", "message": "through: \u001b[31mrefused"}]})";

class Get : public ::testing::Test {
  protected:
    Get() { shell.says("GET /api/v1/services", kServices).says("GET /api/v1/events", kEvents); }
    CannedOperator shell;
};

TEST_F(Get, ShowsTheColumnsOfTheKind) {
    EXPECT_EQ(shell.run({"get", "services"}), 0);
    EXPECT_EQ(
        shell.out.str(),
        "NAME    AUTH   WAVE        PHASE     READY   PROVEN   WAITS\n"
        "a-mcp   jwt    read-only   Ready     True    2m\n"
        "b-mcp   none   data        Pending   False            WaitingForWave\n");
    EXPECT_EQ(shell.error.str(), "");
}

TEST_F(Get, ShowsMoreColumnsWhenWide) {
    EXPECT_EQ(shell.run({"get", "services", "a-mcp", "-o", "wide"}), 0);
    EXPECT_EQ(
        shell.out.str(),
        "NAME    AUTH   WAVE        PHASE   READY   PROVEN   WAITS   STACK     MESSAGE\n"
        "a-mcp   jwt    read-only   Ready   True    2m               a-stack   all checks "
        "passed\n");
}

TEST_F(Get, TakesEveryNameOfAKind) {
    for (const auto* word : {"service", "svc", "mcp", "mcpservices", "McpService", "SERVICES"}) {
        EXPECT_EQ(shell.run({"get", word}), 0) << word;
    }
    EXPECT_EQ(shell.run({"get", "pods"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("known are services, waves, rollouts"));
}

TEST_F(Get, ReadsWhatStandsFlatInTheStatus) {
    shell.says("GET /status", R"({"clients": [{"name": "mux", "clientId": "mcp-mux",
        "secret": {"path": "mux/oidc"}, "conditions": [{"type": "Ready", "status": "Unknown"}]}]})");

    EXPECT_EQ(shell.run({"get", "clients"}), 0);
    EXPECT_EQ(
        shell.out.str(),
        "NAME   CLIENT    READY     SECRET\n"
        "mux    mcp-mux   Unknown   mux/oidc\n");
}

TEST_F(Get, SaysOnStderrThatThereIsNothing) {
    shell.says("GET /status", R"({"policies": []})");

    EXPECT_EQ(shell.run({"get", "policies"}), 0);
    EXPECT_EQ(shell.out.str(), "");
    EXPECT_EQ(shell.error.str(), "no policies found\n");
    EXPECT_EQ(shell.run({"get", "policies", "-o", "json"}), 0);
    EXPECT_EQ(boost::json::parse(shell.out.str()), boost::json::parse(R"({"items": []})"));
}

TEST_F(Get, FailsForANameThatIsNotThere) {
    EXPECT_EQ(shell.run({"get", "services", "c-mcp"}), 1);
    EXPECT_EQ(shell.out.str(), "");
    EXPECT_THAT(shell.error.str(), HasSubstr("c-mcp"));
}

TEST_F(Get, NamesTheObjectThatWasLikelyMeant) {
    EXPECT_EQ(shell.run({"get", "services", "a-mpc"}), 1);
    EXPECT_EQ(
        shell.error.str(),
        "error: no such object among the services: a-mpc; did you mean a-mcp?\n");
    EXPECT_EQ(shell.run({"describe", "service", "a-mpc"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("did you mean a-mcp?"));
}

TEST_F(Get, NamesTheKindThatWasLikelyMeant) {
    EXPECT_EQ(shell.run({"get", "servcies"}), 1);
    EXPECT_THAT(
        shell.error.str(),
        HasSubstr("no kind is called servcies; did you mean services? (known are services, waves"));
}

TEST_F(Get, TakesKindAndNameInOneWord) {
    EXPECT_EQ(shell.run({"get", "service/a-mcp", "-o", "json"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("a-stack"));
    EXPECT_THAT(shell.out.str(), Not(HasSubstr("b-stack")));
    EXPECT_EQ(shell.run({"describe", "service/a-mcp"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("auth is jwt now"));
    EXPECT_EQ(shell.run({"describe", "service"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("describe KIND NAME, or KIND/NAME"));
    EXPECT_EQ(shell.run({"get", "service/a-mcp", "b-mcp"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("two names are given: service/a-mcp and b-mcp"));
}

TEST_F(Get, PrintsOneObjectAsItIs) {
    EXPECT_EQ(shell.run({"get", "services", "a-mcp", "-o", "json"}), 0);
    EXPECT_EQ(boost::json::parse(shell.out.str()), boost::json::parse(kServices).at("items").at(0));

    EXPECT_EQ(shell.run({"get", "services", "-o", "yaml"}), 0);
    const auto yaml = formats::read_yaml(shell.out.str());
    ASSERT_EQ(yaml.documents.size(), 1U);
    EXPECT_EQ(yaml.documents.front().find("items")->items.size(), 2U);
}

TEST_F(Get, ColoursOnATerminalOnly) {
    shell.context.terminal = true;
    EXPECT_EQ(shell.run({"get", "services"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("\x1b[32mReady\x1b[0m"));

    EXPECT_EQ(shell.run({"get", "services", "--no-color"}), 0);
    EXPECT_THAT(shell.out.str(), Not(HasSubstr("\x1b")));
}

TEST_F(Get, WatchPrintsAgainWhatChanged) {
    shell.says("GET /api/v1/waves", R"([{"name": "data", "phase": "Waiting"}])")
        .says("GET /api/v1/waves", R"([{"name": "data", "phase": "Waiting"}])")
        .says("GET /api/v1/waves", R"([{"name": "data", "phase": "Soaking", "ready": 1,
            "members": 2, "waits": [{"reason": "Rejected", "services": 1}]}])")
        .says("GET /api/v1/waves", R"({"error": "stopping"})", 503);

    EXPECT_EQ(shell.run({"get", "waves", "-w"}), 1);
    EXPECT_EQ(
        shell.out.str(),
        "NAME   PHASE     READY   MEMBERS   WAITS\ndata   Waiting\n"
        "NAME   PHASE     READY   MEMBERS   WAITS\ndata   Soaking   1       2         Rejected\n");
    EXPECT_EQ(shell.pauses, 3);
    EXPECT_EQ(shell.error.str(), "error: stopping\n");
}

TEST_F(Get, RefusesAFormatThatItDoesNotHave) {
    EXPECT_GT(shell.run({"get", "services", "-o", "xml"}), 100);
    EXPECT_TRUE(shell.sent.empty());
}

TEST_F(Get, ListsEventsOfOneObjectOnly) {
    EXPECT_EQ(shell.run({"get", "events"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("Service/a-mcp"));

    EXPECT_EQ(shell.run({"events", "b-mcp"}), 0);
    EXPECT_EQ(
        shell.out.str(),
        "AGE   TYPE      REASON       OBJECT          MESSAGE\n"
        "60s   Warning   GateFailed   Service/b-mcp   through: \\x1b[31mrefused\n");
    EXPECT_EQ(shell.run({"events", "Service/b-mcp"}), 0);
    EXPECT_THAT(shell.out.str(), HasSubstr("GateFailed"));
}

TEST_F(Get, DescribesAnObjectWithAllThatSpeaksOfIt) {
    EXPECT_EQ(shell.run({"describe", "service", "b-mcp"}), 0);
    EXPECT_EQ(
        shell.out.str(),
        "Kind:           McpService\n"
        "Metadata:\n"
        "  Name:         b-mcp\n"
        "Spec:\n"
        "  Auth:         jwt\n"
        "  Wave:         data\n"
        "  Stack:        b-stack\n"
        "  Policy:       base,more\n"
        "Status:\n"
        "  Auth:         none\n"
        "  Phase:        Pending\n"
        "Conditions:\n"
        "  TYPE    STATUS   REASON   AGE   MESSAGE\n"
        "  Ready   False                   waits\n"
        "Waits:\n"
        "  OBJECT          REASON           SINCE   LEFT   WAITS FOR         ENDED BY             "
        "MESSAGE\n"
        "  Service/b-mcp   WaitingForWave   60m            its wave's turn   the wave before it\n"
        "Evidence:\n"
        "  CHECK     VERDICT   SEEN   AGE   PHRASE\n"
        "  Through   Fail      Down   30s   refused\n"
        "  Open      Pass             60s\n"
        "Events:\n"
        "  AGE   TYPE      REASON       OBJECT          MESSAGE\n"
        "  60s   Warning   GateFailed   Service/b-mcp   through: \\x1b[31mrefused\n");
}

TEST_F(Get, DescribesAsJsonWithTheEvents) {
    EXPECT_EQ(shell.run({"describe", "service", "a-mcp", "-o", "json"}), 0);
    const auto value = boost::json::parse(shell.out.str());
    EXPECT_EQ(value.at("metadata").at("name"), "a-mcp");
    EXPECT_EQ(value.at("events").as_array().size(), 1U);
    EXPECT_EQ(shell.run({"describe", "service", "c-mcp"}), 1);
}

}  // namespace
}  // namespace wavegate::client
