#include "reconcilers/gates/classify.hpp"

#include <array>

namespace wavegate::gates {
namespace {

struct Row {
    std::string_view text;  ///< stands somewhere in the answer
    std::string_view also;  ///< so does this; empty: no matter
    Finding finding;
};

constexpr Finding fail(ProbeClass seen, std::string_view phrase) {
    return {Verdict::Fail, seen, phrase};
}

/// mcp.md §5: what the multiplexer and the children write where a result should be. First match.
constexpr std::array kTexts{
    Row{"authorization service unavailable",
        "",
        fail(ProbeClass::PolicyServerUnreachable, "the service can't reach the policy server")},
    Row{"Server error",
        "/check",
        fail(ProbeClass::PolicyServerUnreachable, "the policy server answers the service badly")},
    Row{"Access denied:", "", fail(ProbeClass::PolicyDenied, "denied by policy")},
    Row{"MCPChildUnavailableError",
        "FAILED",
        fail(ProbeClass::Parked, "the multiplexer parked the child")},
    Row{"MCPChildUnavailableError",
        "is failed",
        fail(ProbeClass::Parked, "the multiplexer parked the child")},
    Row{"MCPChildUnavailableError",
        "",
        fail(ProbeClass::Converging, "the multiplexer is reconnecting to the child")},
    Row{"MCPChildCircuitOpenError",
        "",
        fail(ProbeClass::Converging, "the multiplexer's breaker for the child is open")},
    Row{"MCPChildBusyError", "", fail(ProbeClass::Converging, "the child is busy")},
    Row{"Rate limit exceeded", "", fail(ProbeClass::Converging, "rate limited")},
    Row{"MCPChildCallTimeoutError",
        "",
        fail(ProbeClass::TokenRefused, "the child did not answer the multiplexer")},
    Row{"not loaded in this session", "", fail(ProbeClass::Parked, "the child is not mounted")},
    Row{"Not found: Unknown tool", "", fail(ProbeClass::Parked, "the child is not mounted")},
    Row{"[Errno",
        "",
        fail(ProbeClass::PolicyServerUnreachable, "the service can't reach the policy server")},
    Row{"has no attribute 'enabled'",
        "",
        fail(ProbeClass::ToolFailed, "the service's policy check itself fails")},
    Row{"Error executing tool", "", fail(ProbeClass::ToolFailed, "the tool failed")},
    Row{"Internal error:", "", fail(ProbeClass::ToolFailed, "the tool failed")},
};

constexpr std::string_view kHostRefused = "it refuses this Host";
constexpr std::string_view kSessionLost =
    "it does not know the session that it gave: it restarted, or has replicas without stickiness";
constexpr std::string_view kRedirected = "redirected to another address";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// FastMCP's own refusal of an argument no tool has: token and policy have let the call in.
bool is_rejection(std::string_view text, std::string_view tool) {
    return contains(text, "validation error") &&
           contains(text, "for call[" + std::string(tool) + "]") &&
           contains(text, "Unexpected keyword argument");
}

}  // namespace

bool is_redirect(int status) {
    return status >= 300 && status < 400;
}

Finding classify_knock(const KnockAnswer& answer) {
    if (answer.host_refused) {
        return fail(ProbeClass::WrongPath, kHostRefused);
    }
    if (answer.status == 401) {
        return answer.bearer_challenge
                   ? Finding{Verdict::Pass, ProbeClass::Enforcing, "401 of its own verifier"}
                   : fail(ProbeClass::NotMcp, "401 without a Bearer challenge: a proxy's own");
    }
    if (answer.mcp_answer) {
        return fail(ProbeClass::Open, "an MCP answer without a token");
    }
    if (answer.status == 200 && answer.empty) {
        return fail(ProbeClass::WrongPath, "an empty 200: the proxy does not know the host");
    }
    if (is_redirect(answer.status)) {
        return fail(ProbeClass::WrongPath, kRedirected);
    }
    if (answer.status == 404 || answer.status == 405) {
        return fail(ProbeClass::WrongPath, "not the MCP endpoint");
    }
    if (answer.status >= 500) {
        return fail(ProbeClass::Down, "the proxy does not reach it");
    }
    return fail(ProbeClass::NotMcp, "not an MCP answer");
}

Finding classify_error(const Error& error) {
    switch (error.kind()) {
        case ErrorKind::Denied:
            return fail(ProbeClass::TokenRefused, "the token was refused");
        case ErrorKind::NotFound:
            return fail(ProbeClass::WrongPath, "not the MCP endpoint");
        case ErrorKind::Throttled:
            return fail(ProbeClass::Converging, "rate limited");
        case ErrorKind::Unavailable:
            // It answered, and said that it got no answer itself.
            if (error.status() == 200) {
                return fail(
                    ProbeClass::PolicyServerUnreachable,
                    "the service can't reach the policy server");
            }
            return fail(ProbeClass::Down, "it does not answer");
        case ErrorKind::Timeout:
            return fail(ProbeClass::Down, "it does not answer");
        case ErrorKind::Cancelled:
            return {Verdict::Unknown, ProbeClass::None, "the check was given up"};
        case ErrorKind::Conflict:
            return fail(ProbeClass::NotMcp, kSessionLost);
        case ErrorKind::Invalid:
            if (error.status() != 0) {
                return fail(ProbeClass::WrongPath, kHostRefused);
            }
            return fail(ProbeClass::NotMcp, "not an MCP answer");
        default:
            if (is_redirect(error.status())) {
                return fail(ProbeClass::WrongPath, kRedirected);
            }
            if (error.status() == 0) {
                return fail(ProbeClass::NotMcp, "an answer that is cut off, too long or no HTTP");
            }
            return fail(ProbeClass::NotMcp, "not an MCP answer");
    }
}

Finding classify_call(const McpCallAnswer& answer, std::string_view tool) {
    if (is_rejection(answer.text, tool)) {
        return {Verdict::Pass, ProbeClass::None, "the tool's own validation answered"};
    }
    for (const auto& row : kTexts) {
        if (contains(answer.text, row.text) && contains(answer.text, row.also)) {
            return row.finding;
        }
    }
    if (answer.is_error || answer.rpc_error) {
        return fail(ProbeClass::ToolFailed, "the tool failed");
    }
    return {Verdict::Pass, ProbeClass::None, "the tool answered"};
}

Finding classify_multiplexer_error(const Error& error) {
    switch (error.kind()) {
        case ErrorKind::NotFound:
            return fail(ProbeClass::Parked, "the child is not mounted");
        case ErrorKind::Invalid:
            // Nothing is proven by it, and no restart would change it.
            return {
                Verdict::Unknown,
                ProbeClass::None,
                "the multiplexer shows other tools of the child, not the probed one (its "
                "disabledTools, "
                "or a policy): name another under spec.probe"};
        case ErrorKind::Denied:
            return {
                Verdict::Unknown,
                ProbeClass::OwnCredential,
                "the multiplexer refuses the operator's own bearer"};
        case ErrorKind::Throttled:
            return {Verdict::Unknown, ProbeClass::Converging, "rate limited"};
        case ErrorKind::Conflict:
            return {
                Verdict::Unknown,
                ProbeClass::SharedCause,
                "the multiplexer does not know the session that it gave"};
        case ErrorKind::Timeout:
            return fail(ProbeClass::TokenRefused, "the call through hangs");
        default:
            return {Verdict::Unknown, ProbeClass::SharedCause, "the multiplexer does not answer"};
    }
}

}  // namespace wavegate::gates
