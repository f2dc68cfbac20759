#pragma once

#include "operator/backends/mcp/client.hpp"
#include "operator/sandbox/mcp/verifier.hpp"
#include "tests/contract/mcp/stage.hpp"
#include "tests/support/driver.hpp"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace wavegate::contract {

/// A multiplexer in front of two services of the fleet, searxng-mcp and openbao-mcp, with an issuer
/// and a policy server. Its configuration names both with `timeout` 12 and the principal's header.
class MultiplexerBackend {
  public:
    virtual ~MultiplexerBackend() = default;
    virtual testing::Driver& driver() = 0;
    virtual Transport& transport() = 0;
    /// Starts it anew, at the same address.
    virtual void run_child(const std::string& name, const sandbox::Env& env) = 0;
    /// Both with this env; a child that runs with it already may go on.
    virtual void run_children(const sandbox::Env& env) = 0;
    virtual void stop_child(const std::string& name) = 0;
    virtual void run_multiplexer(const sandbox::Env& env) = 0;
    [[nodiscard]] virtual std::string url() const = 0;

    /// The `iss` of its tokens. Its client mcp-multiplexer has the secret "secret".
    [[nodiscard]] virtual std::string issuer() const = 0;
    [[nodiscard]] virtual std::string jwks_uri() const = 0;
    [[nodiscard]] virtual std::string token_url() const = 0;
    [[nodiscard]] virtual std::string policy_url() const = 0;
    virtual void serve_policies(bool up) = 0;
    virtual void set_policy(const boost::json::value& policy) = 0;
};

struct MultiplexerKind {
    std::string name;
    std::function<std::unique_ptr<MultiplexerBackend>()> make;
};
inline void PrintTo(const MultiplexerKind& kind, std::ostream* out) {
    *out << kind.name;
}

/// The fixture of the suite.
class MultiplexerContract : public ::testing::TestWithParam<MultiplexerKind> {
  protected:
    void SetUp() override;

    [[nodiscard]] sandbox::Env open() const { return {{"AUTH_TYPE", "none"}}; }
    [[nodiscard]] sandbox::Env enforcing() const;
    [[nodiscard]] sandbox::Env policed(sandbox::Env env) const;
    /// Outbound auth as the operator wires it; `dynamic` mode or eager.
    [[nodiscard]] sandbox::Env outbound(bool dynamic = false) const;
    /// Both children with this env, then the multiplexer.
    void start(const sandbox::Env& children, const sandbox::Env& multiplexer);
    void allow(const std::string& principal);

    /// web_search of searxng-mcp, through; waits out rate limits.
    Result<McpCallAnswer> search(bool dynamic = false);
    /// As `search`, again while the answer asks for patience, at most 45 s.
    std::string search_until(const std::string& text);
    MultiplexerView view(std::vector<std::string> load = {});
    void pass(Duration by);

    std::unique_ptr<MultiplexerBackend> backend_;
};

}  // namespace wavegate::contract
