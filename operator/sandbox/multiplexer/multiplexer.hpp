#pragma once

#include "operator/base/task_group.hpp"
#include "operator/sandbox/containers.hpp"
#include "operator/sandbox/mcp/server.hpp"
#include "operator/sandbox/multiplexer/child.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

/// agent-utilities' mcp-multiplexer 0.53, eager or dynamic by MCP_MULTIPLEXER_MODE. It reads its
/// env and its children once, at start, and sends them real requests (mcp.md §5, fleet.md §4).
class Multiplexer final : public Site,
                          public McpProgram,
                          public std::enable_shared_from_this<Multiplexer> {
  public:
    /// `tasks` runs boot and reconnects; it must end before the executor's context does.
    Multiplexer(
        const Outside& outside,
        TaskGroup& tasks,
        const ContainerSpec& spec,
        std::shared_ptr<const MultiplexerBehaviour> behaviour);

    /// Eager: connects every child; those that fail are absent until the next start.
    void start();
    void stop();
    /// False: there is no such child.
    bool park(const std::string& child);

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;
    asio::awaitable<RpcReply> list_tools(Caller caller) override;
    asio::awaitable<RpcReply> call_tool(Caller caller, std::string name, json::object arguments)
        override;
    [[nodiscard]] std::string metrics() const override;
    /// Told of every answer that a child itself gave to a call that was passed on.
    void on_answer(std::function<void(const std::string& child, const ChildAnswer&)> told) {
        told_ = std::move(told);
    }
    void session_ended(const std::string& session) override { exposed_.erase(session); }

  private:
    using Child = std::shared_ptr<MultiplexerChild>;
    struct Target {
        Child child;
        std::string tool;
    };

    static asio::awaitable<void> boot(std::shared_ptr<Multiplexer> self, Child child);
    asio::awaitable<void> booted();
    void register_tools(const Child& child);
    [[nodiscard]] Child child_named(const std::string& name) const;
    [[nodiscard]] bool visible(const std::string& session, const std::string& name) const;
    asio::awaitable<ToolResult>
    meta_tool(std::string session, std::string name, json::object arguments);
    asio::awaitable<ToolResult> load_tools(std::string session, json::object arguments);
    asio::awaitable<ToolResult> list_catalog();
    asio::awaitable<json::object> catalog_entry(Child child);
    ToolResult unload_tools(const std::string& session, const json::object& arguments);
    [[nodiscard]] ToolResult status() const;

    Outside outside_;
    TaskGroup& tasks_;
    std::shared_ptr<const MultiplexerBehaviour> behaviour_;
    bool dynamic_;
    std::vector<Child> children_;
    std::map<std::string, std::string> prefixes_;
    std::map<std::string, Target> targets_;                    ///< by exposed name
    std::vector<json::object> listing_;                        ///< in order of registration
    std::map<std::string, std::set<std::string>> exposed_;     ///< dynamic: by session
    json::object catalog_;                                     ///< of the first list_catalog
    std::map<std::string, std::map<std::string, int>> calls_;  ///< by child and outcome
    int booting_ = 0;
    bool stopped_ = false;
    std::function<void(const std::string& child, const ChildAnswer&)> told_;
    McpServer server_;
};

StartPlan plan_multiplexer(const ContainerSpec& spec, const MultiplexerBehaviour& behaviour);

/// The listings of the meta-tools: all five in dynamic mode, multiplexer_status alone in eager.
std::vector<json::object> meta_tools(bool dynamic);

}  // namespace wavegate::sandbox
