#include "operator/serve/query.hpp"
#include "tests/unit/serve/stage.hpp"

#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Api, IsHealthyFromTheStart) {
    Stage stage;
    stage.view = std::make_shared<status::View>();

    EXPECT_EQ(stage.get("/healthz").status, 200);
}

TEST(Api, IsReadyOnceAPassOverAValidRevisionHasEnded) {
    Stage stage;
    EXPECT_EQ(stage.get("/readyz").status, 200);

    auto first = sample_view();
    first.passes = 0;
    stage.view = std::make_shared<status::View>(first);
    EXPECT_EQ(stage.get("/readyz").status, 503);

    stage.view = std::make_shared<status::View>();
    EXPECT_EQ(
        error_of(stage.get("/readyz")), "no valid revision of the desired state is in force yet");
}

TEST(Api, AnswersWithTheStatusDocument) {
    Stage stage;
    const auto response = stage.get("/status");

    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(header(response, "Content-Type"), "application/json");
    EXPECT_EQ(body_of(response).at("standing"), "Moving");
    stage.publish(halted_view());
    EXPECT_EQ(body_of(stage.get("/status")).at("standing"), "Halted");
}

TEST(Api, ListsWhatItKnows) {
    Stage stage;
    for (const auto* list : {"services", "waves", "rollouts", "events"}) {
        const auto response = stage.get("/api/v1/" + std::string(list));
        EXPECT_EQ(response.status, 200) << list;
        EXPECT_THAT(body_of(response).at("items").as_array(), Not(IsEmpty())) << list;
    }
    EXPECT_THAT(body_of(stage.get("/api/v1/plan")).at("edits").as_array(), SizeIs(2));
}

TEST(Api, ShowsOneServiceByItsName) {
    Stage stage;
    EXPECT_EQ(body_of(stage.get("/api/v1/services/git-mcp")).at("metadata").at("name"), "git-mcp");
    EXPECT_EQ(
        body_of(stage.get("/api/v1/services/git%2Dmcp")).at("metadata").at("name"), "git-mcp");
    EXPECT_EQ(stage.get("/api/v1/services/other").status, 404);
    EXPECT_EQ(stage.get("/api/v1/services/%2").status, 400);
}

TEST(Api, AnswersNoOpenReadByANameThatAStrangerMayHavePointedAtIt) {
    Stage stage;
    const auto ask = [&](const std::string& path) {
        return stage.send(HttpRequest("GET", "http://rebound.example.net:8080" + path)).status;
    };
    EXPECT_EQ(ask("/status"), 421);
    EXPECT_EQ(ask("/"), 421);
    EXPECT_EQ(ask("/healthz"), 200);

    auto closed = Stage::settings();
    closed.reads_need_token = true;
    Stage guarded(std::move(closed));
    auto request = HttpRequest("GET", "http://rebound.example.net:8080/status");
    request.headers.set("Authorization", "Bearer the-token");
    EXPECT_EQ(guarded.send(std::move(request)).status, 200);
}

TEST(Api, ServesMetrics) {
    Stage stage;
    const auto response = stage.get("/metrics");

    EXPECT_THAT(header(response, "Content-Type"), HasSubstr("version=0.0.4"));
    EXPECT_THAT(
        response.body,
        HasSubstr("wavegate_http_requests_total{backend=\"portainer\",code=\"200\"} 7"));
    EXPECT_THAT(response.body, HasSubstr("wavegate_reconcile_total{result=\"error\"} 2"));
    EXPECT_THAT(response.body, HasSubstr("wavegate_reconcile_time_seconds_count 1"));
}

TEST(Api, CountsTheEvidenceThatComesWithAPass) {
    Stage stage;
    auto next = sample_view();
    auto ledger = std::make_shared<Ledger>(*next.ledger);
    Evidence one;
    one.kind = CheckKind::Through;
    one.verdict = Verdict::Fail;
    one.taken = sample_time(std::chrono::minutes(20));
    ledger->evidence.push_back(std::move(one));
    next.ledger = ledger;
    stage.publish(next);

    EXPECT_THAT(
        stage.get("/metrics").body,
        HasSubstr("wavegate_gate_result_total{gate=\"Through\",verdict=\"Fail\"} 1\n"));
}

TEST(Api, AnswersNothingWithASecretsValue) {
    Stage stage;
    for (const auto* path :
         {"/status",
          "/metrics",
          "/api/v1/services",
          "/api/v1/waves",
          "/api/v1/rollouts",
          "/api/v1/events",
          "/api/v1/plan",
          "/api/v1/stream"}) {
        const auto body = stage.get(path).body;
        EXPECT_THAT(body, Not(IsEmpty())) << path;
        EXPECT_THAT(body, Not(HasSubstr(std::string(kSecretMarker)))) << path;
    }
}

TEST(Api, ToldHeadAsGet) {
    Stage stage;
    EXPECT_EQ(stage.send(HttpRequest("HEAD", Stage::kHost + "/status")).status, 200);
}

TEST(Api, RefusesOtherMethodsAndNamesTheAllowedOnes) {
    Stage stage;
    const auto post = stage.post("/status");
    EXPECT_EQ(post.status, 405);
    EXPECT_EQ(header(post, "Allow"), "GET, HEAD");

    const auto get = stage.get("/api/v1/reconcile");
    EXPECT_EQ(get.status, 405);
    EXPECT_EQ(header(get, "Allow"), "POST");
    EXPECT_EQ(stage.get("/api/v1/rollouts/r-17/pause").status, 405);
}

TEST(Api, KnowsNoOtherPaths) {
    Stage stage;
    for (const auto* path :
         {"/nothing", "/status/", "/api/v1", "/api/v1/services/a/b", "//", "/../etc"}) {
        const auto response = stage.get(path);
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_EQ(error_of(response), std::string("there is nothing at ") + path);
    }
}

TEST(Api, RefusesQueryParametersThatItDoesNotKnow) {
    Stage stage;
    const auto refused = stage.get("/api/v1/services?wave=a&x");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(error_of(refused), "unknown query parameter wave; none is known here");
    for (const auto* path : {"/healthz?a", "/?a=b", "/status?%61=", "/app.js?v=3", "/status?&&a"}) {
        EXPECT_EQ(stage.get(path).status, 400) << path;
    }
    EXPECT_EQ(stage.post("/api/v1/reconcile?force=true").status, 400);
    EXPECT_EQ(stage.looks, 0U);
    for (const auto* path : {"/healthz?", "/status?&", "/status#a?b"}) {
        EXPECT_EQ(stage.get(path).status, 200) << path;
    }
}

TEST(Query, NamesTheParameterAndTheKnownOnes) {
    EXPECT_EQ(serve::query_fault("/a?since=1&limit=2", {"limit", "since"}), std::nullopt);
    EXPECT_EQ(
        serve::query_fault("/a?since=1&li%6Dt=2", {"limit", "since"}),
        "unknown query parameter limt; known here: limit, since");
    EXPECT_EQ(
        serve::query_fault("/a?" + std::string(100, 'x'), {"limit"}),
        "unknown query parameter of 100 signs; known here: limit");
    EXPECT_EQ(serve::query_fault("/a?=1", {}), "unknown query parameter ; none is known here");
}

TEST(Api, LooksAgainWhenToldTo) {
    Stage stage;
    const auto response = stage.post("/api/v1/reconcile");

    EXPECT_EQ(response.status, 202);
    EXPECT_EQ(body_of(response).at("id"), 1);
    EXPECT_EQ(stage.looks, 1U);
}

TEST(Api, ProbesAServiceAndAnswersWithWhatCameOfIt) {
    Stage stage;
    Evidence good;
    good.kind = CheckKind::Through;
    good.verdict = Verdict::Pass;
    stage.probed = {good};
    const auto response = stage.post("/api/v1/services/arr-mcp/probe");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(body_of(response).at("name"), "arr-mcp");
    EXPECT_EQ(body_of(response).at("passed"), true);
    EXPECT_THAT(body_of(response).at("evidence").as_array(), SizeIs(1));
    EXPECT_THAT(stage.probes, ::testing::ElementsAre("arr-mcp"));

    stage.probed.push_back(good);
    stage.probed.back().verdict = Verdict::Unknown;
    EXPECT_EQ(body_of(stage.post("/api/v1/services/arr-mcp/probe")).at("passed"), false);
    stage.trouble = Error(ErrorKind::NotFound, "no service is called arr-mcp");
    EXPECT_EQ(stage.post("/api/v1/services/arr-mcp/probe").status, 404);
}

TEST(Api, ProbesForNobodyWithoutAToken) {
    Stage stage;
    const HttpRequest request("POST", Stage::kHost + "/api/v1/services/arr-mcp/probe");
    EXPECT_EQ(stage.send(request).status, 401);
    EXPECT_THAT(stage.probes, IsEmpty());
}

TEST(Api, HandsCommandsOn) {
    Stage stage;
    const auto response =
        stage.post("/api/v1/rollouts/r-17/accept", R"({"service": "arr-mcp", "reason": "old"})");

    EXPECT_EQ(response.status, 200);
    ASSERT_THAT(stage.commands, SizeIs(1));
    EXPECT_EQ(stage.commands[0].verb, Command::Verb::Accept);
    EXPECT_EQ(stage.commands[0].rollout, "r-17");
    EXPECT_EQ(stage.commands[0].service, "arr-mcp");
    EXPECT_EQ(stage.commands[0].who, "alice") << "whose token it is";
    EXPECT_EQ(stage.commands[0].why, "old");
}

TEST(Api, HandsOnWhichClientIsAccepted) {
    Stage stage;
    EXPECT_EQ(stage.post("/api/v1/rollouts/r-17/accept", R"({"client": "mux"})").status, 200);
    ASSERT_THAT(stage.commands, SizeIs(1));
    EXPECT_EQ(stage.commands[0].client, "mux");
    EXPECT_EQ(stage.commands[0].service, "");
}

TEST(Api, ACommandNeedsNoBody) {
    Stage stage;
    for (const auto* verb : {"pause", "resume", "abort", "retry"}) {
        EXPECT_EQ(stage.post("/api/v1/rollouts/r-17/" + std::string(verb)).status, 200) << verb;
    }
    EXPECT_THAT(stage.commands, SizeIs(4));
}

TEST(Api, SaysPlainlyWhatIsNotYetSupported) {
    Stage stage;
    for (const auto* verb : {"approve", "undo"}) {
        const auto response = stage.post("/api/v1/rollouts/r-17/" + std::string(verb));
        EXPECT_EQ(response.status, 501);
        EXPECT_EQ(error_of(response), std::string(verb) + " is not yet supported");
    }
    EXPECT_EQ(stage.post("/api/v1/rollouts/r-17/explode").status, 404);
    EXPECT_THAT(stage.commands, IsEmpty());
}

TEST(Api, RefusesBodiesThatAreNoCommand) {
    Stage stage;
    for (const auto* body :
         {"nonsense",
          "[]",
          R"({"servcie": "a"})",
          R"({"service": 3})",
          R"({"reason": "a\nb"})",
          R"({"who": "carol"})"}) {
        EXPECT_EQ(stage.post("/api/v1/rollouts/r-17/retry", body).status, 400) << body;
    }
    EXPECT_EQ(stage.post("/api/v1/rollouts/r-17/retry", std::string(20'000, ' ')).status, 413);
    EXPECT_THAT(stage.commands, IsEmpty());
}

TEST(Api, TellsWhyACommandCouldNotBeDone) {
    Stage stage;
    stage.trouble = Error(ErrorKind::NotFound, "no such rollout");
    const auto gone = stage.post("/api/v1/rollouts/r-1/pause");
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(error_of(gone), "no such rollout");

    stage.trouble = Error(ErrorKind::Invalid, "nothing to retry");
    EXPECT_EQ(stage.post("/api/v1/rollouts/r-17/retry").status, 422);
}

TEST(Api, TakesAHeldRevisionOnAPersonsWord) {
    Stage stage;
    EXPECT_EQ(
        stage.post("/api/v1/source/accept", R"({"revision": "4bc4", "reason": "moved"})").status,
        200);
    EXPECT_EQ(stage.post("/api/v1/source/accept", R"({"revision": "4bc4"})").status, 200);
    EXPECT_THAT(stage.taken, ::testing::ElementsAre("4bc4 by alice: moved", "4bc4 by alice: "));
    EXPECT_EQ(stage.post("/api/v1/source/accept", R"({"service": "a-mcp"})").status, 400);
}

TEST(Api, TakesNoHeldRevisionThatNobodyNamed) {
    Stage stage;
    const auto unnamed = stage.post("/api/v1/source/accept", R"({"reason": "moved"})");
    EXPECT_EQ(unnamed.status, 400);
    EXPECT_THAT(error_of(unnamed), HasSubstr("revision"));
    EXPECT_THAT(stage.taken, IsEmpty());
}

TEST(Api, ServesThePageAndItsParts) {
    Stage stage;
    const auto page = stage.get("/");
    EXPECT_EQ(header(page, "Content-Type"), "text/html; charset=utf-8");
    for (const auto* part : {"/dom.js", "/app.js", "/style.css", "/icon.svg"}) {
        EXPECT_THAT(page.body, HasSubstr(std::string("\"") + part + "\""));
        EXPECT_EQ(stage.get(part).status, 200) << part;
    }
    EXPECT_EQ(header(stage.get("/app.js"), "Content-Type"), "text/javascript; charset=utf-8");
}

TEST(Api, ThePageHasNothingInlineAndNothingFromElsewhere) {
    Stage stage;
    const auto page = stage.get("/").body;
    const auto script = stage.get("/dom.js").body + stage.get("/app.js").body;

    EXPECT_THAT(page, Not(HasSubstr("http")));
    EXPECT_THAT(page, Not(HasSubstr("style=")));
    EXPECT_THAT(page, Not(HasSubstr(" onclick=")));
    EXPECT_THAT(script, Not(HasSubstr("innerHTML")));
    EXPECT_THAT(script, Not(HasSubstr("https://")));
}

}  // namespace
}  // namespace wavegate::testing
