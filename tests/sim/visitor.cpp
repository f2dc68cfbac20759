#include "tests/sim/visitor.hpp"

#include "operator/sandbox/multiplexer/names.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace wavegate::testing {
namespace {

constexpr Duration kLimit = std::chrono::seconds(20);

}  // namespace

std::string Visitor::list(const std::string& service, bool with_token) {
    auto peer = peer_for(service, with_token);
    const auto session = sim_.run(peer.open(kLimit));
    if (!session.failure.empty()) {
        return session.failure;
    }
    return session.tools.empty() ? "an empty tool list" : std::string();
}

bool Visitor::is_up(const std::string& service) {
    HttpRequest request("GET", world_.url(service) + "/health");
    return sim_.run(world_.network.send(std::move(request))).has_value();
}

std::string Visitor::call_through(const std::string& service) {
    auto peer = peer_for(facts::kMultiplexer, false);
    const auto session = sim_.run(peer.open(kLimit));
    if (!session.failure.empty()) {
        return session.failure;
    }
    if (world_.plan().dynamic_multiplexer) {
        boost::json::object servers;
        servers["servers"] = boost::json::array{service};
        static_cast<void>(sim_.run(peer.call(session.id, "load_tools", std::move(servers))));
    }
    std::vector<std::string> names;
    for (const auto& each : world_.plan().services) {
        names.push_back(each.name);
    }
    const auto asked = sim_.clock.now().mono;
    const auto prefix = sandbox::child_prefixes(names).at(service);
    const auto& tool = world_.behaviour(service).tools.front().name;
    boost::json::object arguments;
    arguments["__oracle__"] = true;
    const auto reply = sim_.run(
        peer.call(session.id, sandbox::exposed_name(prefix, service, tool), std::move(arguments)));
    const auto& answers = world_.programs.last_answers();
    const auto answer = answers.find(service);
    if (answer == answers.end() || answer->second.asked < asked) {
        return "the call never reached it " + boost::json::serialize(reply.message);
    }
    return answer->second.denied ? answer->second.text : std::string();
}

sandbox::Peer Visitor::peer_for(const std::string& name, bool with_token) {
    sandbox::ChildDouble child;
    child.name = name;
    child.url = world_.url(name) + "/mcp";
    child.timeout = kLimit;
    sandbox::Env env;
    if (with_token) {
        const auto* client = world_.keycloak.client(facts::kMultiplexer);
        child.agent_id = facts::kMultiplexer;
        env = {
            {"MCP_CLIENT_AUTH", "oidc-client-credentials"},
            {"OIDC_CLIENT_ID", facts::kMultiplexer},
            {"OIDC_CLIENT_SECRET", client == nullptr ? std::string() : client->secret()},
            {"OIDC_AUDIENCE", facts::kAudience},
            {"OIDC_TOKEN_URL",
             world_.url("keycloak") + "/realms/master/protocol/openid-connect/token"}};
    }
    auto tokens = std::make_shared<sandbox::TokenSource>(outside_, env);
    return {outside_, std::move(child), std::move(tokens), false};
}

}  // namespace wavegate::testing
