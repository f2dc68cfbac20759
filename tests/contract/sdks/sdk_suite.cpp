#include "tests/contract/sdks/sdk_backend.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace wavegate::contract {

using ::testing::UnorderedElementsAre;

Task<HttpResponse> Between::send(HttpRequest request) {
    if (!host.empty()) {
        request.headers.set("Host", host);
    }
    if (!session.empty() && request.headers.get("Mcp-Session-Id")) {
        request.headers.set("Mcp-Session-Id", session);
    }
    return inner_.send(std::move(request));
}

void Sdks::SetUp() {
    backend_ = GetParam().make();
    if (!backend_) {
        GTEST_SKIP() << "skipped: " << GetParam().name << " not installable here";
    }
    between_ = std::make_unique<Between>(backend_->transport());
    client_ = std::make_unique<mcp::Client>(*between_);
}

KnockAnswer Sdks::knock(bool garbage) {
    const auto answer = backend_->driver().run(client_->knock(url_, garbage));
    EXPECT_TRUE(answer);
    return answer ? *answer : KnockAnswer();
}

Result<McpListing> Sdks::list(const std::string& bearer) {
    McpEndpoint where;
    where.url = url_;
    if (!bearer.empty()) {
        where.bearer = make_secret(std::string(bearer));
    }
    return backend_->driver().run(client_->list_tools(std::move(where)));
}

std::vector<std::string> Sdks::names(const std::string& bearer) {
    const auto listing = list(bearer);
    EXPECT_TRUE(listing) << (listing ? "" : listing.error().message());
    std::vector<std::string> out;
    for (const auto& tool : listing ? listing->tools : std::vector<McpTool>()) {
        out.push_back(tool.name);
    }
    return out;
}

// What services answer to the probes, by the SDK that they are made with. Each case asks all that
// it has to ask of one start, which takes seconds.

TEST_P(Sdks, AnOpenServiceIsKnownByABarePostAndListsItsTools) {
    run({});
    for (const bool garbage : {false, true}) {
        const auto answer = knock(garbage);
        EXPECT_TRUE(answer.mcp_answer) << answer.status;
        EXPECT_FALSE(answer.bearer_challenge);
        EXPECT_FALSE(answer.host_refused);
        EXPECT_NE(answer.status, 401);
    }
    const auto listing = list();
    ASSERT_TRUE(listing) << listing.error().message();
    EXPECT_EQ(listing->server_name, "sample-mcp");
    EXPECT_EQ(listing->protocol_version, "2025-06-18");
    ASSERT_EQ(listing->tools.size(), 3U);
    EXPECT_TRUE(listing->tools.front().has_required);
    EXPECT_THAT(names(), UnorderedElementsAre("ping", "search", "explode"));

    between_->session = "0a8c2f6e-4d1b-4b7a-9d3e-5f6071829304";
    const auto lost = list();
    ASSERT_FALSE(lost) << "a session of another replica's";
    EXPECT_EQ(lost.error().kind(), ErrorKind::Conflict) << lost.error().message();
}

TEST_P(Sdks, AnEnforcingServiceShowsAVerifierOfItsOwn) {
    SdkSettings settings;
    settings.demands_token = true;
    run(settings);
    for (const bool garbage : {false, true}) {
        const auto answer = knock(garbage);
        EXPECT_EQ(answer.status, 401);
        EXPECT_TRUE(answer.bearer_challenge);
        EXPECT_FALSE(answer.mcp_answer);
    }
    EXPECT_EQ(list().error().kind(), ErrorKind::Denied);
    EXPECT_EQ(list("another").error().kind(), ErrorKind::Denied);
    EXPECT_THAT(names(backend_->token()), UnorderedElementsAre("ping", "search", "explode"));
}

TEST_P(Sdks, ToolsComePageByPageAndInPlainJson) {
    SdkSettings settings;
    settings.json = true;
    settings.page = 1;
    run(settings);
    EXPECT_THAT(names(), UnorderedElementsAre("ping", "search", "explode"));
}

TEST_P(Sdks, ARefusedHostIsToldFromARefusedToken) {
    SdkSettings settings;
    settings.checks_host = true;
    run(settings);
    EXPECT_THAT(names(), UnorderedElementsAre("ping", "search", "explode"));

    between_->host = "elsewhere.arpa";
    const auto answer = knock(false);
    // Python's looks at the Content-Type first.
    EXPECT_TRUE(answer.host_refused || answer.mcp_answer) << answer.status;
    const auto refused = list();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Invalid) << refused.error().message();
    EXPECT_NE(refused.error().status(), 0);
}

}  // namespace wavegate::contract
