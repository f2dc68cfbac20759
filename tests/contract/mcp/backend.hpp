#pragma once

#include "operator/backends/mcp/client.hpp"
#include "operator/sandbox/mcp/verifier.hpp"
#include "tests/contract/mcp/token_source.hpp"
#include "tests/support/driver.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace wavegate::contract {

/// One MCP service with an issuer and a policy server: doubles, or real programs.
class McpBackend {
  public:
    virtual ~McpBackend() = default;
    virtual testing::Driver& driver() = 0;
    virtual Transport& transport() = 0;
    /// Keeps running what runs with this env already; the address of its /mcp.
    virtual std::string run(const sandbox::Env& env) = 0;
    virtual void stop() = 0;
    /// Does a start with this env end by itself?
    virtual bool refuses(const sandbox::Env& env) = 0;

    virtual TokenSource& tokens() = 0;
    /// Where services find the issuer's keys, and where they do by a way that can be cut.
    [[nodiscard]] virtual std::string jwks_uri() const = 0;
    [[nodiscard]] virtual std::string cuttable_jwks_uri() const = 0;
    virtual void serve_jwks(bool up) = 0;
    [[nodiscard]] virtual std::string policy_url() const = 0;
    virtual void serve_policies(bool up) = 0;
    /// The body of POST /admin/policies, in place of all that were there.
    virtual void set_policy(const boost::json::value& policy) = 0;
};

/// One program that the suite runs on. `make` gives nullptr where it is not to be had.
struct McpKind {
    std::string name;     ///< as tests/real/install.sh says it
    std::string server;   ///< serverInfo.name
    std::string tool;     ///< needs a query
    std::string dress;    ///< what it puts before a refusal
    bool jwks_lock;       ///< fetches the keys at most every 30 s (FastMCP 3.4.10, not 3.4.2)
    bool challenge_json;  ///< a bare POST gets a body with its 401
    std::function<std::unique_ptr<McpBackend>()> make;
};
inline void PrintTo(const McpKind& kind, std::ostream* out) {
    *out << kind.name;
}

/// What a tool answered, read off the wire.
struct ToolAnswer {
    bool is_error = false;
    std::string text;  ///< of the content, or of the JSON-RPC error
};

/// The fixture of the suite: what holds here holds for every kind.
class McpServices : public ::testing::TestWithParam<McpKind> {
  protected:
    void SetUp() override;

    void run(const sandbox::Env& env) { url_ = backend_->run(env); }
    [[nodiscard]] sandbox::Env open() const { return {{"AUTH_TYPE", "none"}}; }
    [[nodiscard]] sandbox::Env enforcing() const;
    /// The same, with the keys by the way that can be cut.
    [[nodiscard]] sandbox::Env enforcing_afar() const;
    [[nodiscard]] sandbox::Env policed(sandbox::Env env) const;
    std::string token() { return backend_->tokens().good(); }
    void allow_multiplexer();

    KnockAnswer knock(bool garbage = false);
    /// Waits out the fleet's own rate limit.
    Result<McpListing> list(const std::string& token = {}, const std::string& agent = {});
    ToolAnswer call(
        const std::string& arguments,
        const std::string& token = {},
        const std::string& agent = {});
    void pass(Duration by);

    std::unique_ptr<McpBackend> backend_;
    std::string url_;

  private:
    boost::json::object
    rpc(const boost::json::object& message, const std::string& token, const std::string& agent);
    HttpResponse post(const std::string& body, const std::string& token, const std::string& agent);

    std::string session_;
};

/// Of those that know the principal from the token, with env PRINCIPAL=jwt.
class McpServicesByToken : public McpServices {};

/// Of those that check their own auth block before they start.
class McpServicesOfTheFleet : public McpServices {};

}  // namespace wavegate::contract
