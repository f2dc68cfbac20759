#include "operator/net/curl_transport.hpp"
#include "tests/contract/sdks/sdk_backend.hpp"
#include "tests/real/support/http.hpp"
#include "tests/real/support/server_process.hpp"
#include "tests/support/paths.hpp"

#include <chrono>
#include <map>
#include <stdexcept>
#include <utility>

// The suite against services made with the SDKs of MCP: TypeScript's, Go's and Python's own.
namespace wavegate::contract {
namespace {

constexpr auto* kToken = "a-token-of-this-test";

class RealSdk final : public SdkBackend {
  public:
    explicit RealSdk(std::vector<std::string> argv) : argv_(std::move(argv)) {}
    testing::Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    std::string token() override { return kToken; }

    std::string run(const SdkSettings& settings) override {
        const auto url = "http://127.0.0.1:" + std::to_string(port_);
        testing::ServerCommand command;
        command.name = "service";
        command.folder = folder_.path();
        command.argv = argv_;
        command.env = env_of(settings);
        process_ = std::make_unique<testing::ServerProcess>(std::move(command));
        const auto answers = [&] {
            return testing::ask(HttpRequest("GET", url + "/health")).status == 200;
        };
        if (!process_->wait_until(answers, std::chrono::seconds(60))) {
            throw std::runtime_error("the service did not come up");
        }
        return url + "/mcp";
    }

  private:
    [[nodiscard]] std::map<std::string, std::string> env_of(const SdkSettings& settings) const {
        std::map<std::string, std::string> env{
            {"HOST", "127.0.0.1"}, {"PORT", std::to_string(port_)}};
        if (settings.demands_token) {
            env["TOKEN"] = kToken;
        }
        if (settings.json) {
            env["JSON"] = "1";
        }
        if (settings.page > 0) {
            env["PAGE"] = std::to_string(settings.page);
        }
        if (settings.checks_host) {
            env["ALLOWED"] = "127.0.0.1";
        }
        return env;
    }

    std::vector<std::string> argv_;
    int port_ = testing::free_port();
    testing::TempFolder folder_{"wavegate-sdk"};
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    net::CurlTransport transport_{driver_->executor()};
    std::unique_ptr<testing::ServerProcess> process_;
};

std::string service(const std::string& name) {
    return testing::source_path("tests/real/services/" + name);
}

/// `words`: of its command, below the folder where install.sh put it.
std::unique_ptr<SdkBackend> made_with(const std::string& server, std::vector<std::string> words) {
    const auto folder = testing::installed(server);
    if (!folder) {
        return nullptr;
    }
    for (auto& word : words) {
        word.insert(0, word.starts_with('/') ? "" : *folder + "/");
    }
    return std::make_unique<RealSdk>(std::move(words));
}

INSTANTIATE_TEST_SUITE_P(
    Real,
    Sdks,
    ::testing::Values(
        SdkKind{
            "typescript",
            [] {
                return made_with("typescript", {"bin/node", "service.mjs"});
            }},
        SdkKind{"go", [] { return made_with("go", {"service"}); }},
        SdkKind{
            "mcp",
            [] {
                return made_with("mcp", {"bin/python", service("python_service.py")});
            }}),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
