#include "tests/real/fleet/whole_fleet.hpp"
#include "tests/real/support/http.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class FromNothing : public WholeFleet {};

std::string string_at(const boost::json::value& document, const char* pointer) {
    return std::string(std::string_view(document.at_pointer(pointer).as_string()));
}

TEST_F(FromNothing, EveryServiceDemandsATokenAndTheMultiplexerGetsThroughToEach) {
    EXPECT_TRUE(come_to_enforce(first_services(), 10s));
}

TEST_F(FromNothing, TheVerifiersRefuseWhatIsNoToken) {
    for (const auto& service : first_services()) {
        HttpRequest request("POST", site().url(service));
        request.headers.add("Authorization", "Bearer garbage");
        const auto answer = ask(std::move(request));
        EXPECT_EQ(answer.status, 401) << service;
        EXPECT_THAT(
            std::string(answer.headers.get("www-authenticate").value_or("")), StartsWith("Bearer"))
            << service;
    }
}

TEST_F(FromNothing, NoWaveBeganBeforeTheOneBeforeItRan) {
    struct Span {
        std::string began = "~";
        std::string ran;
    };
    std::map<std::string, Span> waves;
    for (const auto& name : first_services()) {
        const auto path = fmt::format("/services/{0}_{0}", name);
        const auto seen = body_of(site().engine().call("GET", path, ""));
        // Times as text: 2026-01-01T00:00:00.123456789Z.
        auto& wave = waves[site().service(name).wave];
        wave.began = std::min(wave.began, string_at(seen, "/UpdateStatus/StartedAt"));
        wave.ran = std::max(wave.ran, string_at(seen, "/UpdateStatus/CompletedAt"));
    }
    ASSERT_EQ(waves.size(), 3U);
    EXPECT_LT(waves["read-only"].ran, waves["data"].began);
    EXPECT_LT(waves["data"].ran, waves["sensitive"].began);
}

TEST_F(FromNothing, TheClientIsThereAndItsSecretIsTheSameInKeycloakOpenBaoAndTheMultiplexer) {
    const auto realm = std::string("realms/") + Site::realm();
    const auto client =
        body_of(site().keycloak().as_admin("GET", realm + "/clients?clientId=mcp-multiplexer"));
    const auto kept = body_of(site().openbao().as_root("GET", "kv/data/mcp-multiplexer/oidc"));
    const auto secret = string_at(client, "/0/secret");
    EXPECT_EQ(string_at(kept, "/data/data/OIDC_CLIENT_SECRET"), secret);
    EXPECT_EQ(site().live_env("mcp-multiplexer")["OIDC_CLIENT_SECRET"], secret);
    EXPECT_THAT(client.at_pointer("/0/protocolMappers").as_array(), Not(IsEmpty()));
}

TEST_F(FromNothing, APrincipalWithoutARuleIsDeniedWithAGoodToken) {
    for (const std::string service : {"mealie-mcp", "searxng-mcp"}) {
        Conversation stranger(site().url(service), {mint(), "stranger"});
        ASSERT_TRUE(stranger.open()) << service;
        EXPECT_THAT(stranger.tools(), IsEmpty()) << service;
        Conversation known(site().url(service), {mint(), "mcp-multiplexer"});
        const auto tools = known.tools();
        ASSERT_THAT(tools, Not(IsEmpty())) << service;
        EXPECT_THAT(stranger.call(tools.front()), HasSubstr("Access denied")) << service;
    }
}

}  // namespace
}  // namespace wavegate::testing
