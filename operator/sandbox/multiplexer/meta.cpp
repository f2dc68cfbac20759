#include "operator/sandbox/multiplexer/multiplexer.hpp"

#include <boost/json/parse.hpp>

namespace wavegate::sandbox {
namespace {

/// As recorded from agent-utilities 0.53.0, the descriptions cut to their first sentence.
constexpr std::string_view kMetaTools = R"([
    {"name":"find_tools","description":"Search the ENTIRE MCP fleet for the tools matching a task.","inputSchema":{"type":"object","properties":{"query":{"type":"string"},"top_k":{"type":"integer","default":0}},"required":["query"]},"_meta":{"fastmcp":{"tags":[]}}},
    {"name":"list_catalog","description":"Browse the ENTIRE MCP fleet.","inputSchema":{"type":"object","properties":{"server":{"type":"string","default":""},"include_tools":{"type":"boolean","default":true}}},"_meta":{"fastmcp":{"tags":[]}}},
    {"name":"load_tools","description":"Mount and expose tools at runtime so they become directly callable.","inputSchema":{"type":"object","properties":{"tools":{"type":"array","items":{"type":"string"}},"servers":{"type":"array","items":{"type":"string"}}}},"_meta":{"fastmcp":{"tags":[]}}},
    {"name":"unload_tools","description":"Retract previously loaded tools to reclaim context.","inputSchema":{"type":"object","properties":{"tools":{"type":"array","items":{"type":"string"}}},"required":["tools"]},"_meta":{"fastmcp":{"tags":[]}}},
    {"name":"multiplexer_status","description":"Health of every aggregated child MCP server.","inputSchema":{"type":"object","properties":{}},"_meta":{"fastmcp":{"tags":[]}}}
])";

}  // namespace

std::vector<json::object> meta_tools(bool dynamic) {
    std::vector<json::object> tools;
    const json::value all = json::parse(kMetaTools);
    for (const auto& tool : all.get_array()) {
        if (dynamic || tool.at("name") == "multiplexer_status") {
            tools.push_back(tool.get_object());
        }
    }
    return tools;
}

}  // namespace wavegate::sandbox
