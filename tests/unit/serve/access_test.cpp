#include "operator/base/digest.hpp"
#include "tests/unit/serve/stage.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

HttpRequest command() {
    HttpRequest request("POST", Stage::kHost + "/api/v1/rollouts/r-17/pause");
    request.headers.set("Authorization", "Bearer the-token");
    return request;
}

HttpRequest hook(std::string header, std::string value) {
    HttpRequest request("POST", Stage::kHost + "/api/v1/hooks/git");
    request.body = R"({"ref": "refs/heads/main"})";
    request.headers.set(std::move(header), std::move(value));
    return request;
}

std::string signature() {
    return keyed_digest(Secret::copy_of("the-hook-secret"), R"({"ref": "refs/heads/main"})");
}

TEST(Access, WritesNeedTheBearer) {
    for (const auto* header :
         {"", "Bearer", "Bearer ", "Bearer the-toke", "Bearer the-token2", "Basic the-token"}) {
        Stage stage;
        auto request = command();
        request.headers.set("Authorization", header);
        const auto response = stage.send(request);
        EXPECT_EQ(response.status, 401) << header;
        EXPECT_THAT(wavegate::testing::header(response, "WWW-Authenticate"), HasSubstr("Bearer"));
        EXPECT_THAT(stage.commands, IsEmpty());
    }
    Stage stage;
    EXPECT_EQ(stage.send(command()).status, 200);
}

TEST(Access, TellsWhoPresentsNothingFromWhoPresentsAnotherToken) {
    Stage stage;
    auto request = command();
    request.headers.set("Authorization", "Bearer another");
    const auto wrong = stage.send(request);
    EXPECT_THAT(wrong.body, HasSubstr("none of those that auth names"));
    EXPECT_THAT(
        wavegate::testing::header(wrong, "WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));

    HttpRequest bare("POST", request.url);
    bare.headers.set("Host", "127.0.0.1");
    const auto missing = stage.send(bare);
    EXPECT_EQ(missing.status, 401);
    EXPECT_THAT(missing.body, HasSubstr("a bearer token is needed"));
    EXPECT_EQ(wavegate::testing::header(missing, "WWW-Authenticate"), "Bearer realm=\"wavegate\"");
}

TEST(Access, WhoLacksTheRoleReadsAndIsToldWhichOneItTakes) {
    auto closed = Stage::settings();
    closed.reads_need_token = true;
    Stage stage(std::move(closed));
    HttpRequest read("GET", Stage::kHost + "/status");
    read.headers.set("Authorization", "Bearer bobs-token");
    EXPECT_EQ(stage.send(read).status, 200);

    for (const auto* path :
         {"/api/v1/rollouts/r-17/pause",
          "/api/v1/services/arr-mcp/probe",
          "/api/v1/reconcile",
          "/api/v1/source/accept"}) {
        const auto refused = stage.post(path, {}, "bobs-token");
        EXPECT_EQ(refused.status, 403) << path;
        EXPECT_THAT(
            refused.body, HasSubstr("bob may not do this: auth.tokens gives no role operator"));
        EXPECT_THAT(
            wavegate::testing::header(refused, "WWW-Authenticate"),
            HasSubstr("error=\"insufficient_scope\""));
    }
    EXPECT_THAT(stage.commands, IsEmpty());
    EXPECT_EQ(stage.looks, 0U);
}

TEST(Access, WithoutAConfiguredTokenNobodyWrites) {
    serve::Settings none;
    Stage stage(none);
    EXPECT_EQ(stage.send(command()).status, 403);
    EXPECT_THAT(stage.commands, IsEmpty());
}

TEST(Access, ReadsAreOpenOrNeedTheBearer) {
    auto closed = Stage::settings();
    closed.reads_need_token = true;
    Stage stage(std::move(closed));
    for (const auto* path : {"/status", "/metrics", "/api/v1/events", "/api/v1/stream"}) {
        EXPECT_EQ(stage.get(path).status, 401) << path;
    }
    for (const auto* path : {"/healthz", "/readyz", "/", "/app.js"}) {
        EXPECT_EQ(stage.get(path).status, 200) << path;
    }
    HttpRequest request("GET", Stage::kHost + "/status");
    request.headers.set("authorization", "bearer the-token");
    EXPECT_EQ(stage.send(request).status, 200);
}

TEST(Access, WritesFromAnotherSitesPageAreRefused) {
    Stage stage;
    auto other = command();
    other.headers.set("Origin", "http://evil.example");
    EXPECT_EQ(stage.send(other).status, 403);
    other.headers.set("Origin", "null");
    EXPECT_EQ(stage.send(other).status, 403);
    auto cross = command();
    cross.headers.set("Sec-Fetch-Site", "cross-site");
    EXPECT_EQ(stage.send(cross).status, 403);
    cross.headers.set("Sec-Fetch-Site", "same-site");
    EXPECT_EQ(stage.send(cross).status, 403);
    EXPECT_THAT(stage.commands, IsEmpty());

    auto own = command();
    own.headers.set("Origin", "https://operator:8080");
    own.headers.set("Sec-Fetch-Site", "same-origin");
    EXPECT_EQ(stage.send(own).status, 200);
}

TEST(Access, EveryAnswerCarriesTheSafetyHeaders) {
    Stage stage;
    for (const auto* path : {"/", "/status", "/nothing", "/api/v1/reconcile", "/healthz", "/%"}) {
        const auto response = stage.get(path);
        const auto policy = header(response, "Content-Security-Policy");
        EXPECT_THAT(policy, HasSubstr("default-src 'none'")) << path;
        EXPECT_THAT(policy, HasSubstr("script-src 'self'")) << path;
        EXPECT_THAT(policy, Not(HasSubstr("unsafe"))) << path;
        EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << path;
        EXPECT_EQ(header(response, "Cache-Control"), "no-store") << path;
    }
}

TEST(Access, TooManyRequestsAreRefusedUntilTimeHasPassed) {
    auto slow = Stage::settings();
    slow.requests_per_second = 2;
    slow.burst = 3;
    Stage stage(std::move(slow));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(stage.get("/status").status, 200);
    }
    const auto refused = stage.get("/status");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header(refused, "Retry-After"), "1");
    EXPECT_EQ(stage.get("/healthz").status, 200);

    stage.sim.advance(500ms);
    EXPECT_EQ(stage.get("/status").status, 200);
    EXPECT_EQ(stage.get("/status").status, 429);
}

TEST(Access, AFloodOfStrangersLeavesTheirBudgetsToHealthTokenAndHooks) {
    auto slow = Stage::settings();
    slow.requests_per_second = 1;
    slow.burst = 2;
    Stage stage(std::move(slow));
    for (int i = 0; i < 10; ++i) {
        auto guess = command();
        guess.headers.set("Authorization", "Bearer wrong" + std::to_string(i));
        EXPECT_EQ(stage.send(guess).status, i < 2 ? 401 : 429);
        EXPECT_EQ(stage.get("/nothing").status, i == 0 ? 404 : 429);
        EXPECT_EQ(stage.get("/healthz").status, 200);
        EXPECT_EQ(stage.get("/readyz").status, 200);
        if (i == 0) {
            stage.sim.advance(1s);
        }
    }
    EXPECT_EQ(stage.send(hook("X-Gitea-Signature", signature())).status, 202);
    EXPECT_EQ(stage.send(command()).status, 200);
    HttpRequest read("GET", Stage::kHost + "/status");
    read.headers.set("Authorization", "Bearer the-token");
    EXPECT_EQ(stage.send(read).status, 200);
    EXPECT_TRUE(stage.known);
    EXPECT_EQ(stage.send(read).status, 429) << "a budget too";
}

TEST(Access, OnlyWhoShowsTheSecretIsKnown) {
    Stage stage;
    stage.send(command());
    EXPECT_TRUE(stage.known);
    stage.send(hook("X-Gitlab-Token", "the-hook-secret"));
    EXPECT_TRUE(stage.known);
    stage.send(hook("X-Gitlab-Token", "the-hook-secre"));
    EXPECT_FALSE(stage.known);
    stage.send(hook("X-Gitea-Signature", signature()));
    EXPECT_FALSE(stage.known) << "its body is still to come";
    stage.get("/status");
    EXPECT_FALSE(stage.known);
}

TEST(Hooks, ASignedOneMeansLookAgain) {
    for (const auto& request :
         {hook("X-Hub-Signature-256", "sha256=" + signature()),
          hook("X-Gitea-Signature", signature()),
          hook("X-Gitlab-Token", "the-hook-secret")}) {
        Stage stage;
        EXPECT_EQ(stage.send(request).status, 202) << request.headers.fields().front().first;
        EXPECT_EQ(stage.looks, 1U);
    }
}

TEST(Hooks, FollowGitHubsDocumentedExample) {
    auto known = Stage::settings();
    known.webhook_secret = make_secret("It's a Secret to Everybody");
    Stage stage(std::move(known));
    auto request = hook(
        "X-Hub-Signature-256",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    request.body = "Hello, World!";

    EXPECT_EQ(stage.send(request).status, 202);
}

TEST(Hooks, AnyOtherIsRefused) {
    Stage stage;
    for (const auto& request :
         {hook("X-Hub-Signature-256", signature()),
          hook("X-Hub-Signature-256", "sha256="),
          hook("X-Hub-Signature-256", "sha256=" + std::string(64, '0')),
          hook("X-Gitea-Signature", ""),
          hook("X-Gitlab-Token", "the-hook-secre"),
          hook("Authorization", "Bearer the-token")}) {
        EXPECT_EQ(stage.send(request).status, 401);
    }
    auto changed = hook("X-Gitea-Signature", signature());
    changed.body += " ";
    EXPECT_EQ(stage.send(changed).status, 401);
    EXPECT_EQ(stage.looks, 0U);
}

TEST(Hooks, AreOnceASecondAtMostAndNoneIsLost) {
    Stage stage;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(stage.send(hook("X-Gitea-Signature", signature())).status, 202);
    }
    EXPECT_EQ(stage.looks, 1U);
    stage.sim.advance(1s);
    EXPECT_EQ(stage.looks, 2U) << "what rang right after a look is seen";
    stage.sim.advance(1min);
    EXPECT_EQ(stage.looks, 2U);
    stage.send(hook("X-Gitea-Signature", signature()));
    EXPECT_EQ(stage.looks, 3U);
}

TEST(Hooks, MayBeLargeAndNothingOfThemIsKept) {
    Stage stage;
    auto request = hook("X-Gitea-Signature", "");
    request.body = std::string(3U << 20U, 'x');
    const auto fits = keyed_digest(Secret::copy_of("the-hook-secret"), request.body);
    request.headers.set("X-Gitea-Signature", fits);
    EXPECT_EQ(stage.send(request).status, 202);
    EXPECT_EQ(stage.kept, 0U);
    request.body.resize((25U << 20U) + 1);
    EXPECT_EQ(stage.send(request).status, 413);
    auto other = command();
    other.body = std::string(17U << 10U, ' ');
    EXPECT_EQ(stage.send(other).status, 413) << "for hooks alone";
}

TEST(Hooks, AreOffWithoutASecret) {
    Stage stage((serve::Settings()));
    EXPECT_EQ(stage.send(hook("X-Gitlab-Token", "")).status, 403);
    EXPECT_EQ(stage.looks, 0U);
}

TEST(OwnName, IsAnAddressAPrivateNameOrAListedOne) {
    const auto own = [](const std::string& authority) {
        return serve::is_own_name(
            HttpRequest("GET", "http://" + authority + "/status"), {"wavegate.example.com"});
    };
    for (const std::string authority :
         {"127.0.0.1:8080",
          "[::1]:8080",
          "localhost",
          "operator:8080",
          "wavegate.arpa",
          "wavegate.home.arpa",
          "arpa",
          "WAVEGATE.Example.com:443",
          "wavegate.example.com."}) {
        EXPECT_TRUE(own(authority)) << authority;
    }
    for (const std::string authority :
         {"rebound.example.net",
          "rebound.example.net:8080",
          "127.0.0.1.example.net",
          "1.0.168.192.in-addr.arpa",
          "x.8.b.d.0.1.0.0.2.ip6.arpa.",
          "ip6.arpa:8080",
          "4.3.2.1.e164.ARPA",
          "localhost.evil.com"}) {
        EXPECT_FALSE(own(authority)) << authority;
    }
}

}  // namespace
}  // namespace wavegate::testing
