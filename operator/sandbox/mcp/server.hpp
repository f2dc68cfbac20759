#pragma once

#include "operator/sandbox/mcp/behaviour.hpp"
#include "operator/sandbox/mcp/verifier.hpp"
#include "operator/sandbox/site.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wavegate::sandbox {

/// Who called, as far as the program behind the shell can tell.
struct Caller {
    std::string session;
    std::optional<std::string> agent_id;  ///< x-agent-id; nothing: header absent
    std::string user_agent;
    std::optional<json::object> claims;  ///< of a verified token
};

/// What stands behind the HTTP shell: a service's own tools, or a multiplexer's.
class McpProgram {
  public:
    virtual ~McpProgram() = default;
    virtual asio::awaitable<RpcReply> list_tools(Caller caller) = 0;
    virtual asio::awaitable<RpcReply>
    call_tool(Caller caller, std::string name, json::object arguments) = 0;
    [[nodiscard]] virtual std::string metrics() const = 0;
    virtual void session_ended(const std::string& /*session*/) {}
};

/// FastMCP's streamable HTTP: paths, auth, content negotiation, sessions, JSON-RPC (mcp.md §1, §2).
class McpServer {
  public:
    /// `salt` makes session ids differ between tasks. `verifier` null: open.
    McpServer(
        Outside outside,
        McpProgram& program,
        std::shared_ptr<const WireBehaviour> wire,
        std::string salt,
        std::unique_ptr<TokenVerifier> verifier);

    asio::awaitable<HttpResponse> answer(HttpRequest request);

  private:
    struct Session {
        std::string client;
        Mono used;
    };
    struct Message {
        json::value id;
        std::string method;
        json::object params;
    };

    std::optional<HttpResponse> without_auth(const HttpRequest& request, std::string_view path);
    asio::awaitable<std::optional<HttpResponse>> authenticate(
        const HttpRequest& request,
        Caller& caller);
    asio::awaitable<HttpResponse> post(HttpRequest request, Caller caller);
    asio::awaitable<HttpResponse> speak(HttpRequest request, Caller caller, Message message);
    asio::awaitable<RpcReply> dispatch(const Message& message, Caller caller);
    asio::awaitable<HttpResponse>
    deliver(HttpRequest request, std::string session, Message message, RpcReply reply);
    HttpResponse end_session(const Caller& caller);
    std::string open_session(const Caller& caller);
    [[nodiscard]] bool has_session(const Caller& caller);
    [[nodiscard]] std::string fresh_id();
    bool over_rate();

    Outside outside_;
    McpProgram& program_;
    std::shared_ptr<const WireBehaviour> wire_;
    std::string salt_;
    std::unique_ptr<TokenVerifier> verifier_;
    std::map<std::string, Session> sessions_;
    std::uint64_t issued_ = 0;
    double tokens_ = 0;
    std::optional<Mono> refilled_;
};

}  // namespace wavegate::sandbox
