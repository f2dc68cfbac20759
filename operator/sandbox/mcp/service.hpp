#pragma once

#include "operator/sandbox/containers.hpp"
#include "operator/sandbox/mcp/policy.hpp"
#include "operator/sandbox/mcp/server.hpp"

#include <map>
#include <memory>
#include <string>

namespace wavegate::sandbox {

/// An MCP service of the fleet. Its container env decides whether it asks for tokens and whether
/// it asks the policy server (fleet.md §2, mcp.md §4); its image decides the rest.
class McpService final : public Site, public McpProgram {
  public:
    McpService(
        const Outside& outside,
        const ContainerSpec& spec,
        std::shared_ptr<const Behaviour> behaviour);

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;
    asio::awaitable<RpcReply> list_tools(Caller caller) override;
    asio::awaitable<RpcReply> call_tool(Caller caller, std::string name, json::object arguments)
        override;
    [[nodiscard]] std::string metrics() const override;

    /// How often any tool really ran; a rejected call runs nothing.
    [[nodiscard]] std::size_t runs() const { return runs_; }

  private:
    struct Counts {
        int ok = 0;
        int error = 0;
    };
    [[nodiscard]] const ToolDouble* find(const std::string& name) const;
    [[nodiscard]] std::string dressed(const std::string& text) const;
    asio::awaitable<std::string>
    refusal(const Caller& caller, const std::string& name, const json::object& arguments);
    [[nodiscard]] std::string unknown_tool(const std::string& name) const;
    [[nodiscard]] RpcReply listing(const std::vector<bool>& allowed) const;
    ToolResult run(const ToolDouble& tool);

    std::shared_ptr<const Behaviour> behaviour_;
    std::unique_ptr<PolicyMiddleware> policy_;
    McpServer server_;
    std::map<std::string, Counts> counts_;
    std::size_t runs_ = 0;
};

/// What starting a service of this behaviour with this env comes to.
StartPlan plan_service(const ContainerSpec& spec, const Behaviour& behaviour);

/// Pydantic's text for arguments that don't fit the tool's schema; empty when they do.
std::string argument_errors(const ToolDouble& tool, const json::object& arguments);

}  // namespace wavegate::sandbox
