#pragma once

#include "operator/backends/mcp/client.hpp"
#include "operator/sandbox/fleet_programs.hpp"
#include "operator/sandbox/proxy.hpp"
#include "tests/contract/mcp/stage.hpp"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavegate {

inline constexpr auto* kMultiplexer = "http://mcp-multiplexer.arpa/mcp";

inline std::string url_of(const std::string& name) {
    return "http://" + name + ".arpa/mcp";
}

/// Services and a multiplexer behind the proxy, and the client in front of all.
struct Fleet : Stage {
    /// A service with these tools, not yet running.
    sandbox::Behaviour& add(const std::string& name, const std::vector<std::string>& tools) {
        const std::string host = name + ".arpa";
        proxy.route(host, name + "_" + name);
        transport.at(host, proxy);
        auto& behaviour =
            programs.service("knucklessg1/" + name, sandbox::fleet_service(name, tools));
        behaviour.wire.rate.reset();
        return behaviour;
    }

    [[nodiscard]] sandbox::ContainerSpec spec(const std::string& name, sandbox::Env env) {
        sandbox::ContainerSpec spec;
        spec.task_id = name + "#" + std::to_string(++tasks);
        spec.service = name + "_" + name;
        spec.image = "knucklessg1/" + name + ":latest@sha256:0123";
        spec.env = std::move(env);
        return spec;
    }

    /// Replaces the running task, as a redeploy does.
    void run(const std::string& name, sandbox::Env env) {
        stop(name);
        const auto container = spec(name, std::move(env));
        programs.up(container);
        running[name] = container.task_id;
    }
    void stop(const std::string& name) {
        programs.down(running[name]);
        sim.settle();
    }

    static sandbox::ChildDouble child(const std::string& name) {
        sandbox::ChildDouble child;
        child.name = name;
        child.url = url_of(name);
        child.agent_id = "mcp-multiplexer";
        child.timeout = std::chrono::seconds(12);
        return child;
    }

    sandbox::MultiplexerBehaviour& add_multiplexer(const std::vector<std::string>& children) {
        std::vector<sandbox::ChildDouble> entries;
        for (const auto& name : children) {
            entries.push_back(child(name));
        }
        proxy.route("mcp-multiplexer.arpa", "mcp-multiplexer_mcp-multiplexer");
        transport.at("mcp-multiplexer.arpa", proxy);
        auto& behaviour = programs.multiplexer(
            "knucklessg1/mcp-multiplexer", sandbox::fleet_multiplexer(std::move(entries)));
        behaviour.wire.rate.reset();
        return behaviour;
    }
    /// Outbound auth as wired, with these keys changed.
    void run_multiplexer(const sandbox::Env& changes = {}) {
        auto env = outbound_env();
        for (const auto& [key, value] : changes) {
            env[key] = value;
        }
        run("mcp-multiplexer", std::move(env));
        sim.settle();
    }

    void allow_multiplexer() {
        policies.add(one_rule(
            "allow-mux",
            "allow-mux",
            "allow",
            in_list("uri", "agent:mcp-multiplexer"),
            boost::json::array(),
            both_actions()));
    }

    Result<McpListing>
    list(const std::string& url, const std::string& token = {}, const std::string& agent = {}) {
        return sim.run(client.list_tools(endpoint(url, token, agent)));
    }
    Result<McpCallAnswer> call(
        const std::string& name,
        const std::string& tool,
        const std::string& arguments = R"({"action":"get"})",
        bool dynamic = false) {
        ThroughCall through;
        through.child = name;
        through.tool = tool;
        through.arguments = arguments;
        through.dynamic = dynamic;
        return sim.run(client.call(endpoint(kMultiplexer, {}, {}), std::move(through)));
    }
    Result<MultiplexerView> view(std::vector<std::string> load = {}) {
        const bool dynamic = !load.empty();
        return sim.run(
            client.multiplexer(endpoint(kMultiplexer, {}, {}), dynamic, std::move(load)));
    }

    static McpEndpoint endpoint(std::string url, std::string token, std::string agent) {
        McpEndpoint where;
        where.url = std::move(url);
        where.agent_id = std::move(agent);
        if (!token.empty()) {
            where.bearer = make_secret(std::move(token));
        }
        return where;
    }

    sandbox::FleetPrograms programs{outside()};
    sandbox::Proxy proxy{programs};
    mcp::Client client{transport};
    std::map<std::string, std::string> running;
    int tasks = 0;
};

}  // namespace wavegate
