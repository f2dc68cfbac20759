#pragma once

#include "operator/model/desired.hpp"
#include "operator/sandbox/mcp/server.hpp"

#include <string>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

/// What a service makes of the policy server's answer.
struct PolicyAnswer {
    std::vector<bool> allowed;  ///< one per question
    std::string reason;         ///< of the last question
    std::string trouble;        ///< not empty: no decision, and the text that says why
};

/// eunomia-mcp's middleware: asks the policy server for every list and call, caches nothing
/// (eunomia.md "eunomia-mcp in a FastMCP server").
class PolicyMiddleware {
  public:
    PolicyMiddleware(Outside outside, std::string url, PrincipalSource source)
        : outside_(std::move(outside)), url_(std::move(url)), source_(source) {}

    /// One bulk question for every hundred tools, action `list`.
    asio::awaitable<PolicyAnswer> may_list(Caller caller, std::vector<std::string> tools);
    /// Action `execute`.
    asio::awaitable<PolicyAnswer>
    may_execute(Caller caller, std::string tool, json::object arguments);

  private:
    [[nodiscard]] json::object principal(const Caller& caller) const;
    asio::awaitable<PolicyAnswer> ask(std::string path, json::value question);

    Outside outside_;
    std::string url_;
    PrincipalSource source_;
};

}  // namespace wavegate::sandbox
