#include "tests/contract/mcp/multiplexer_backend.hpp"
#include "tests/real/mcp/place.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

// The suite against the fleet's own multiplexer, in front of two of its own services.
namespace wavegate::contract {
namespace {

namespace json = boost::json;

/// Kept for the whole program.
struct RealFleet {
    explicit RealFleet(const std::string& programs)
        : multiplexer(place, {programs + "/mcp-multiplexer"}) {
        for (const std::string name : {"searxng-mcp", "openbao-mcp"}) {
            const std::vector<std::string> argv{programs + "/" + name};
            children[name] = std::make_unique<Program>(place, argv);
        }
        json::object servers;
        for (const auto& [name, program] : children) {
            servers[name] = json::object{
                {"url", program->url() + "/mcp"},
                {"transport", "streamable-http"},
                {"timeout", 12},
                {"headers", {{"x-agent-id", "mcp-multiplexer"}}}};
        }
        std::ofstream(config) << json::serialize(json::object{{"mcpServers", servers}});
    }
    Place place;
    Program multiplexer;
    std::map<std::string, std::unique_ptr<Program>> children;
    std::string config = place.folder() + "/mcp_config.json";
};

class RealMultiplexer final : public MultiplexerBackend {
  public:
    explicit RealMultiplexer(RealFleet& fleet) : fleet_(fleet) {}
    testing::Driver& driver() override { return fleet_.place.driver(); }
    Transport& transport() override { return fleet_.place.transport(); }
    void run_child(const std::string& name, const sandbox::Env& env) override {
        fleet_.children.at(name)->run(env);
    }
    void run_children(const sandbox::Env& env) override {
        for (auto& [name, child] : fleet_.children) {
            child->begin(env);
        }
        for (auto& [name, child] : fleet_.children) {
            child->await();
        }
    }
    void stop_child(const std::string& name) override { fleet_.children.at(name)->stop(); }
    void run_multiplexer(const sandbox::Env& env) override {
        auto whole = env;
        whole["MCP_CONFIG"] = fleet_.config;
        fleet_.multiplexer.run(whole);
    }
    [[nodiscard]] std::string url() const override { return fleet_.multiplexer.url() + "/mcp"; }

    [[nodiscard]] std::string issuer() const override { return fleet_.place.tokens().issuer(); }
    [[nodiscard]] std::string jwks_uri() const override { return fleet_.place.tokens().jwks_uri(); }
    [[nodiscard]] std::string token_url() const override {
        return fleet_.place.tokens().token_url();
    }
    [[nodiscard]] std::string policy_url() const override { return fleet_.place.eunomia().url(); }
    void serve_policies(bool up) override { fleet_.place.serve_policies(up); }
    void set_policy(const json::value& policy) override { fleet_.place.set_policy(policy); }

  private:
    RealFleet& fleet_;
};

std::unique_ptr<MultiplexerBackend> real() {
    const auto folder = testing::installed("fleet");
    if (!folder || !Place::possible()) {
        return nullptr;
    }
    static RealFleet fleet(*folder + "/bin");
    return std::make_unique<RealMultiplexer>(fleet);
}

INSTANTIATE_TEST_SUITE_P(
    Real,
    MultiplexerContract,
    ::testing::Values(MultiplexerKind{"fleet", real}),
    ::testing::PrintToStringParamName());

}  // namespace
}  // namespace wavegate::contract
