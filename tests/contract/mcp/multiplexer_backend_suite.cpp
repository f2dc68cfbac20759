#include "tests/contract/mcp/multiplexer_backend.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace wavegate::contract {

void MultiplexerContract::SetUp() {
    backend_ = GetParam().make();
    if (!backend_) {
        GTEST_SKIP() << "skipped: fleet not installable here";
    }
}

sandbox::Env MultiplexerContract::enforcing() const {
    return {
        {"AUTH_TYPE", "jwt"},
        {"FASTMCP_SERVER_AUTH_JWT_ISSUER", backend_->issuer()},
        {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", backend_->jwks_uri()},
        {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "agent-services"}};
}

sandbox::Env MultiplexerContract::policed(sandbox::Env env) const {
    env["EUNOMIA_TYPE"] = "remote";
    env["EUNOMIA_REMOTE_URL"] = backend_->policy_url();
    return env;
}

sandbox::Env MultiplexerContract::outbound(bool dynamic) const {
    auto env = outbound_env();
    env["OIDC_TOKEN_URL"] = backend_->token_url();
    env["MCP_MULTIPLEXER_MODE"] = dynamic ? "dynamic" : "eager";
    return env;
}

void MultiplexerContract::start(const sandbox::Env& children, const sandbox::Env& multiplexer) {
    backend_->run_children(children);
    backend_->run_multiplexer(multiplexer);
}

void MultiplexerContract::allow(const std::string& principal) {
    backend_->set_policy(one_rule(
        "allow",
        "allow",
        "allow",
        in_list("uri", principal),
        boost::json::array(),
        both_actions()));
}

Result<McpCallAnswer> MultiplexerContract::search(bool dynamic) {
    mcp::Client client(backend_->transport());
    for (int tries = 0;; ++tries) {
        McpEndpoint where;
        where.url = backend_->url();
        ThroughCall call;
        call.child = "searxng-mcp";
        call.tool = "web_search";
        call.arguments = R"({"__wavegate_probe__":true})";
        call.dynamic = dynamic;
        auto answer = backend_->driver().run(client.call(std::move(where), std::move(call)));
        if (answer || answer.error().kind() != ErrorKind::Throttled || tries == 5) {
            return answer;
        }
        pass(std::chrono::seconds(1));
    }
}

std::string MultiplexerContract::search_until(const std::string& text) {
    std::string said;
    const auto limit = backend_->driver().clock().now().mono + std::chrono::seconds(45);
    while (backend_->driver().clock().now().mono < limit) {
        const auto answer = search();
        said = answer ? answer->text : answer.error().message();
        if (said.find(text) != std::string::npos) {
            break;
        }
        pass(std::chrono::seconds(1));
    }
    return said;
}

MultiplexerView MultiplexerContract::view(std::vector<std::string> load) {
    mcp::Client client(backend_->transport());
    const bool dynamic = !load.empty();
    for (int tries = 0;; ++tries) {
        McpEndpoint where;
        where.url = backend_->url();
        auto seen = backend_->driver().run(client.multiplexer(std::move(where), dynamic, load));
        if (seen) {
            return std::move(*seen);
        }
        if (seen.error().kind() != ErrorKind::Throttled || tries == 5) {
            ADD_FAILURE() << seen.error().message();
            return {};
        }
        pass(std::chrono::seconds(1));
    }
}

void MultiplexerContract::pass(Duration by) {
    auto& clock = backend_->driver().clock();
    EXPECT_TRUE(backend_->driver().run(clock.sleep_until(clock.now().mono + by)));
}

}  // namespace wavegate::contract
