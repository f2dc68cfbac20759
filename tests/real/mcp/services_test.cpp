#include "operator/net/curl_transport.hpp"
#include "tests/contract/mcp/backend.hpp"
#include "tests/real/support/eunomia_server.hpp"
#include "tests/real/support/http.hpp"
#include "tests/real/support/server_process.hpp"
#include "tests/real/support/site_server.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The suite against real services: FastMCP's own verifier and the eunomia-mcp middleware, alone
// and within the fleet's software, against a real Eunomia. The issuer is the tests' own.
namespace wavegate::contract {
namespace {

constexpr auto* kPolicyKey = "the-admin-key";

/// One for the program; services and policies come and go.
class RealPlace {
  public:
    explicit RealPlace(std::vector<std::string> argv) : argv_(std::move(argv)) {}

    /// Starts what runs with this env, and gives its address.
    std::string run(const sandbox::Env& env) {
        if (process_ && process_->running() && env_ == env) {
            return url_ + "/mcp";
        }
        stop();
        start(env);
        const auto ready = [this] { return answers("/health"); };
        if (!process_->wait_until(ready, std::chrono::seconds(60))) {
            throw std::runtime_error("the service did not come up");
        }
        return url_ + "/mcp";
    }
    bool refuses(const sandbox::Env& env) {
        stop();
        start(env);
        for (int looks = 0; looks < 300 && process_->running() && !answers("/health"); ++looks) {
            pass(std::chrono::milliseconds(100));
        }
        const bool ended = !process_->running();
        stop();
        return ended;
    }
    void stop() { process_.reset(); }

    void set_policy(const boost::json::value& policy) {
        const auto all = eunomia_->url() + "/admin/policies";
        const auto listed =
            testing::body_of(testing::ask_json("GET", all, nullptr, kAuthorization));
        for (const auto& old : listed.as_array()) {
            const std::string name(old.at("name").as_string());
            testing::ask_json("DELETE", all + "/" + name, nullptr, kAuthorization);
        }
        const auto made = testing::ask_json("POST", all, policy, kAuthorization);
        ASSERT_EQ(made.status, 200) << made.body;
    }

    testing::Driver& driver() { return *driver_; }
    Transport& transport() { return transport_; }
    TestIssuer& issuer() { return issuer_; }
    testing::SiteServer& jwks() { return jwks_; }
    testing::EunomiaServer& eunomia() { return *eunomia_; }
    [[nodiscard]] bool installed() const { return eunomia_ != nullptr; }

  private:
    const std::string kAuthorization = std::string("WAY-API-KEY: ") + kPolicyKey;

    void start(const sandbox::Env& env) {
        env_ = env;
        const int port = testing::free_port();
        url_ = "http://127.0.0.1:" + std::to_string(port);
        testing::ServerCommand command;
        command.name = "service";
        command.folder = folder_.path();
        command.argv = argv_;
        command.env = env;
        command.env["HOST"] = "127.0.0.1";
        command.env["PORT"] = std::to_string(port);
        command.env["TRANSPORT"] = "streamable-http";
        process_ = std::make_unique<testing::ServerProcess>(std::move(command));
    }
    /// Asks on the driver, so that the issuer answers meanwhile.
    bool answers(const std::string& path) {
        const auto answer = driver_->run(transport_.send(HttpRequest("GET", url_ + path)));
        return answer && answer->status == 200;
    }
    void pass(Duration by) {
        auto& clock = driver_->clock();
        static_cast<void>(driver_->run(clock.sleep_until(clock.now().mono + by)));
    }

    std::vector<std::string> argv_;
    testing::TempFolder folder_{"wavegate-mcp"};
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    net::CurlTransport transport_{driver_->executor()};
    TestIssuer issuer_{driver_->clock()};
    testing::SiteServer jwks_{*driver_, issuer_};
    std::unique_ptr<testing::EunomiaServer> eunomia_ = testing::EunomiaServer::start(kPolicyKey);
    sandbox::Env env_;
    std::string url_;
    std::unique_ptr<testing::ServerProcess> process_;
};

class RealService final : public McpBackend {
  public:
    explicit RealService(RealPlace& place) : place_(place) {}
    testing::Driver& driver() override { return place_.driver(); }
    Transport& transport() override { return place_.transport(); }
    std::string run(const sandbox::Env& env) override { return place_.run(env); }
    void stop() override { place_.stop(); }
    bool refuses(const sandbox::Env& env) override { return place_.refuses(env); }
    TestIssuer& issuer() override { return place_.issuer(); }
    void serve_jwks(bool up) override { place_.jwks().serve(up); }
    [[nodiscard]] std::string jwks_uri() const override { return place_.jwks().url() + "/certs"; }
    [[nodiscard]] std::string policy_url() const override { return place_.eunomia().url(); }
    void serve_policies(bool up) override {
        if (up) {
            place_.eunomia().start_again();
        } else {
            place_.eunomia().kill();
        }
    }
    void set_policy(const boost::json::value& policy) override { place_.set_policy(policy); }

  private:
    RealPlace& place_;
};

std::unique_ptr<McpBackend> in(RealPlace& place) {
    return place.installed() ? std::make_unique<RealService>(place) : nullptr;
}

std::unique_ptr<McpBackend> sample() {
    const auto folder = testing::installed("mcp");
    if (!folder) {
        return nullptr;
    }
    static RealPlace place(
        {*folder + "/bin/python", testing::source_path("tests/real/services/sample_service.py")});
    return in(place);
}

std::unique_ptr<McpBackend> searxng() {
    const auto folder = testing::installed("fleet");
    if (!folder) {
        return nullptr;
    }
    static RealPlace place({*folder + "/bin/searxng-mcp"});
    return in(place);
}

const McpKind kFastMcp{"fastmcp3", "sample-mcp", "search", "", true, false, sample};
const McpKind kFleet{"fleet", "SearXNGMCP", "web_search", "Internal error: ", false, true, searxng};

INSTANTIATE_TEST_SUITE_P(
    Real,
    McpServices,
    ::testing::Values(kFastMcp, kFleet),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Real,
    McpServicesByToken,
    ::testing::Values(kFastMcp),
    ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Real,
    McpServicesOfTheFleet,
    ::testing::Values(kFleet),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
