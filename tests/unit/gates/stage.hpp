#pragma once

#include "operator/formats/jwt.hpp"
#include "reconcilers/gates/check.hpp"
#include "reconcilers/gates/spent.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/simulation.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::gates {

/// Mints what a test says, signed by a key of its own.
class ScriptedIdentity final : public Identity {
  public:
    boost::json::object claims;
    std::string kid = "k1";
    std::optional<Error> mint_fails;
    std::optional<Error> jwks_fails;

    Task<std::optional<ClientView>> client(std::string client_id) override;
    Task<Token> mint(std::string client_id, SecretValue secret) override;
    Task<std::string> jwks(std::string uri) override;
    Task<Receipt> apply(Permit permit) override;
};

/// Allows whatever `allows` says.
class ScriptedPolicies final : public Policies {
  public:
    std::function<bool(const PolicyQuestion&)> allows;
    std::vector<PolicyQuestion> asked;
    std::size_t swallowed = 0;  ///< so many answers, from the end, never come

    Task<std::vector<Policy>> list() override;
    Task<std::vector<PolicyAnswer>> ask(std::vector<PolicyQuestion> questions) override;
    Task<Receipt> apply(Permit permit) override;
};

/// One service and a multiplexer before it, both as a test says.
class ScriptedMcp final : public Mcp {
  public:
    KnockAnswer bare;
    KnockAnswer garbage;
    /// To a token of its own; as `garbage` where none is set.
    std::function<KnockAnswer(const std::string& token)> to_token;
    McpListing listing;
    McpCallAnswer answer;
    std::optional<Error> call_fails;
    MultiplexerView shown;
    int health_status = 200;
    std::vector<std::string> knocks;     ///< "bare" or "garbage"
    std::vector<std::string> presented;  ///< tokens
    std::vector<McpEndpoint> listed;     ///< each that tools were asked of
    std::vector<ThroughCall> called;

    Task<KnockAnswer> knock(std::string url, bool with_garbage) override;
    Task<KnockAnswer> present(McpEndpoint endpoint) override;
    Task<McpListing> list_tools(McpEndpoint endpoint) override;
    Task<McpCallAnswer> call(McpEndpoint multiplexer, ThroughCall call) override;
    Task<MultiplexerView>
    multiplexer(McpEndpoint multiplexer, bool dynamic, std::vector<std::string> load) override;
    Task<int> health(std::string url) override;
};

/// What a check is asked about, and an outside that answers as everything should.
struct Stage {
    /// Services a-mcp and b-mcp are to be jwt and run open; the multiplexer is wired.
    Stage();

    testing::Simulation sim;
    testing::FixedCredentials credentials;
    ScriptedIdentity identity;
    ScriptedPolicies policies;
    ScriptedMcp mcp;
    DesiredState desired;
    Observed observed;
    Ledger ledger;
    Spent spent;

    using ServiceCheck =
        asio::awaitable<Evidence> (*)(const Ports&, const Scene&, const ServiceSpec&);
    using FleetCheck = asio::awaitable<Evidence> (*)(const Ports&, const Scene&);
    Evidence run(FleetCheck check);
    /// About a-mcp.
    Evidence run(ServiceCheck check);
    /// Good evidence of now about a service, with these facts.
    void evidence(CheckKind kind, Facts facts = {}, const std::string& subject = "a-mcp");
    SwarmService& running(const std::string& stack);
    void change_client(const std::function<void(ClientView&)>& change);
    void store(const std::string& secret);

  private:
    void add(const std::string& stack);
    Scene scene() const;
    Ports ports();
};

}  // namespace wavegate::gates
