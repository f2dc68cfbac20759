#include "operator/render/multiplexer_config.hpp"

#include "operator/render/json_text.hpp"
#include "operator/render/mark.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string_view>

namespace wavegate::render {
namespace {

namespace json = boost::json;

/// "agent:mcp-multiplexer" → "mcp-multiplexer": a child puts `agent:` before what the header says.
std::string_view agent_id(std::string_view principal) {
    constexpr std::string_view scheme = "agent:";
    return principal.starts_with(scheme) ? principal.substr(scheme.size()) : principal;
}

json::object child(const ServiceSpec& service, const MultiplexerSpec& multiplexer) {
    json::object out{{"url", service.url}, {"transport", "streamable-http"}};
    if (multiplexer.principal_from == PrincipalSource::Header) {
        out["headers"] = json::object{{"x-agent-id", agent_id(multiplexer.principal)}};
    }
    return out;
}

}  // namespace

std::string multiplexer_config(const DesiredState& desired) {
    std::map<std::string, const ServiceSpec*> by_child;
    for (const auto& service : desired.services) {
        by_child.emplace(service.child, &service);
    }
    json::object servers;
    for (const auto& [name, service] : by_child) {
        servers[name] = child(*service, desired.fleet.multiplexer);
    }
    json::object out;
    out["_comment"] = blank_mark();
    out["mcpServers"] = std::move(servers);
    return sealed(json_text(out));
}

}  // namespace wavegate::render
