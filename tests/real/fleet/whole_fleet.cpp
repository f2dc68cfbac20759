#include "tests/real/fleet/whole_fleet.hpp"

#include "tests/real/support/http.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace wavegate::testing {

using namespace std::chrono_literals;

std::vector<std::string> first_services() {
    return {
        "mealie-mcp",
        "searxng-mcp",
        "jellyfin-mcp",
        "github-mcp",
        "gitlab-mcp",
        "whisper-mcp",
        "openbao-mcp",
        "caddy-mcp",
        "vector-mcp"};
}

void WholeFleet::SetUp() {
    if (const auto server = Site::missing(); !server.empty()) {
        GTEST_SKIP() << "skipped: " << server << " not installable here";
    }
    static const bool kTurned = turn_to_jwt();
    ASSERT_TRUE(kTurned) << story();
    ASSERT_TRUE(controller().running()) << story();
    ASSERT_TRUE(until([] { return all_enforce(first_services()); }, 60s)) << story();
}

bool WholeFleet::turn_to_jwt() {
    controller().start();
    ask_for("jwt", first_services());
    return until([] { return all_enforce(first_services()); }, 300s);
}

Controller& WholeFleet::controller() {
    static Controller controller(site());
    return controller;
}

void WholeFleet::ask_for(const std::string& auth, const std::vector<std::string>& services) {
    for (const auto& service : services) {
        site().desired().set_auth(service, auth);
    }
    site().desired().commit(fmt::format("{}: {}", auth, fmt::join(services, ", ")));
}

bool WholeFleet::all_enforce(const std::vector<std::string>& services) {
    return std::all_of(services.begin(), services.end(), [](const std::string& service) {
        return knock(service) == 401;
    });
}

::testing::AssertionResult WholeFleet::come_to_enforce(
    const std::vector<std::string>& services,
    std::chrono::seconds limit) {
    if (!until([&] { return all_enforce(services); }, limit)) {
        return ::testing::AssertionFailure() << "not all enforce\n" << story();
    }
    for (const auto& service : services) {
        std::string said;
        // The multiplexer answers ten requests a second.
        const auto through = [&] {
            said = call_through(site().multiplexer_url(), service);
            return said.find("pong") != std::string::npos ||
                   said.find("validation error") != std::string::npos;
        };
        if (!until(through, 30s, 2s)) {
            return ::testing::AssertionFailure() << service << " says \"" << said << "\"\n"
                                                 << story();
        }
    }
    return ::testing::AssertionSuccess();
}

std::string WholeFleet::mint() {
    const auto realm = std::string("realms/") + Site::realm();
    const auto client =
        body_of(site().keycloak().as_admin("GET", realm + "/clients?clientId=mcp-multiplexer"));
    const std::string secret(client.at_pointer("/0/secret").as_string());
    HttpRequest request(
        "POST", site().keycloak().url() + "/" + realm + "/protocol/openid-connect/token");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body =
        "grant_type=client_credentials&client_id=mcp-multiplexer&client_secret=" + secret;
    return std::string(body_of(ask(std::move(request))).at("access_token").as_string());
}

std::string WholeFleet::story() {
    std::string text;
    for (const auto& service : site().services()) {
        text += fmt::format("{}: {}\n", service.name, knock(service.name));
    }
    return text + site().engine().docker({"service", "ls"}) + controller().log();
}

}  // namespace wavegate::testing
