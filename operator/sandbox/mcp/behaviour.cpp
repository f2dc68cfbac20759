#include "operator/sandbox/mcp/behaviour.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace wavegate::sandbox {
namespace {

json::object action_listing() {
    json::object action;
    action["type"] = "string";
    json::object properties;
    properties["action"] = std::move(action);
    json::object schema;
    schema["additionalProperties"] = false;
    schema["properties"] = std::move(properties);
    schema["required"] = json::array(1, "action");
    schema["type"] = "object";
    json::object listing;
    listing["description"] = "Runs one action.";
    listing["inputSchema"] = std::move(schema);
    return listing;
}

}  // namespace

AuthKeys fastmcp_keys() {
    AuthKeys keys;
    keys.mode = "FASTMCP_SERVER_AUTH";
    keys.on = "fastmcp.server.auth.providers.jwt.JWTVerifier";
    keys.off.clear();
    keys.first_issuer.clear();
    keys.policy.clear();
    keys.imports_mode = true;
    return keys;
}

Behaviour fleet_service(std::string server_name, const std::vector<std::string>& tools) {
    Behaviour behaviour;
    behaviour.wire.server_name = std::move(server_name);
    behaviour.wire.rate = RateLimit{};
    for (const auto& name : tools) {
        ToolDouble tool;
        tool.name = name;
        tool.listing = action_listing();
        tool.result.text = "done";
        behaviour.tools.push_back(std::move(tool));
    }
    return behaviour;
}

MultiplexerBehaviour fleet_multiplexer(std::vector<ChildDouble> children) {
    MultiplexerBehaviour behaviour;
    behaviour.wire.server_name = "mcp-multiplexer";
    behaviour.wire.rate = RateLimit{};
    behaviour.children = std::move(children);
    return behaviour;
}

}  // namespace wavegate::sandbox
