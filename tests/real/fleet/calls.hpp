#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace wavegate::testing {

/// Status of a bare POST: 400 is an open service, 401 one that demands a token, 0 nobody.
int knock(const std::string& url);

/// Who speaks: a bearer and the header x-agent-id; empty: none.
struct Caller {
    std::string token;
    std::string agent_id;
};

/// A conversation with an MCP server, from `initialize` on.
class Conversation {
  public:
    Conversation(std::string url, Caller caller);

    /// Did the server let us in?
    [[nodiscard]] bool open() const { return open_; }
    [[nodiscard]] std::vector<std::string> tools();
    /// The text of a tool's answer, whatever it is; empty when none came.
    std::string call(const std::string& tool, const boost::json::object& arguments = {});

  private:
    /// The answer's `result`; empty for an error, or none.
    boost::json::object ask(const std::string& method, const boost::json::object& params);

    std::string url_;
    Caller caller_;
    std::string session_;
    bool open_ = false;
    int id_ = 0;
};

/// What a call of the service's first tool comes to through the multiplexer: its text. A FastMCP
/// service's `ping` answers "pong".
std::string call_through(const std::string& multiplexer, const std::string& service);

}  // namespace wavegate::testing
