#include "operator/sandbox/mcp/service.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace wavegate::sandbox {
namespace {

bool enforces(const Env& env, const AuthKeys& keys) {
    return !keys.mode.empty() && env_value(env, keys.mode) == keys.on;
}

std::unique_ptr<TokenVerifier>
verifier_for(const Outside& outside, const Env& env, const Behaviour& behaviour) {
    if (!enforces(env, behaviour.keys)) {
        return nullptr;
    }
    VerifierSettings settings = VerifierSettings::from_env(env, behaviour.keys);
    settings.fetch_lock = behaviour.wire.generation != Generation::F2 && behaviour.wire.jwks_lock;
    settings.jwks_down = behaviour.jwks_down;
    settings.takes_expired = behaviour.takes_expired;
    settings.takes_unsigned = behaviour.takes_unsigned;
    return std::make_unique<TokenVerifier>(outside, std::move(settings));
}

/// The connector SDK has no policy middleware; a misspelt word means none.
std::unique_ptr<PolicyMiddleware>
policy_for(const Outside& outside, const Env& env, const Behaviour& behaviour) {
    const auto& keys = behaviour.keys;
    if (keys.policy.empty() || env_value(env, keys.policy) != keys.policy_on ||
        behaviour.wire.generation == Generation::Sdk) {
        return nullptr;
    }
    std::string url = env_value(env, keys.policy_url);
    if (url.empty()) {
        url = "http://localhost:8421";
    }
    if (behaviour.policy_down) {
        url = "http://nobody.invalid";
    }
    return std::make_unique<PolicyMiddleware>(outside, std::move(url), behaviour.principal);
}

std::shared_ptr<const WireBehaviour> wire_of(const std::shared_ptr<const Behaviour>& behaviour) {
    return {behaviour, &behaviour->wire};
}

bool has_key(const json::object& schema, std::string_view part, std::string_view key) {
    const auto* fields = schema.if_contains(part);
    return fields != nullptr && fields->is_object() && fields->get_object().contains(key);
}

const json::object& schema_of(const ToolDouble& tool) {
    static const json::object kAnything;
    const auto* schema = tool.listing.if_contains("inputSchema");
    return schema != nullptr && schema->is_object() ? schema->get_object() : kAnything;
}

std::string one_error(
    std::string_view field,
    std::string_view what,
    std::string_view kind,
    const json::value& got) {
    return fmt::format(
        "\n{}\n  {} [type={}, input_value={}, input_type={}]\n"
        "    For further information visit https://errors.pydantic.dev/2.14/v/{}",
        field,
        what,
        kind,
        python_repr(got),
        python_type(got),
        kind);
}

ToolResult upstream_error(bool is_error) {
    ToolResult result;
    result.is_error = is_error;
    result.text = "upstream API answered 503";
    if (!is_error) {
        json::object body;
        body["error"] = result.text;
        result.structured = body;
        result.text = R"({"error":"upstream API answered 503"})";
    }
    return result;
}

}  // namespace

McpService::McpService(
    const Outside& outside,
    const ContainerSpec& spec,
    std::shared_ptr<const Behaviour> behaviour)
    : behaviour_(std::move(behaviour)),
      policy_(policy_for(outside, spec.env, *behaviour_)),
      server_(
          outside,
          *this,
          wire_of(behaviour_),
          spec.task_id,
          verifier_for(outside, spec.env, *behaviour_)) {}

asio::awaitable<HttpResponse> McpService::answer(HttpRequest request) {
    return server_.answer(std::move(request));
}

asio::awaitable<RpcReply> McpService::list_tools(Caller caller) {
    if (!policy_) {
        co_return listing(std::vector<bool>(behaviour_->tools.size(), true));
    }
    std::vector<std::string> names;
    std::transform(
        behaviour_->tools.begin(),
        behaviour_->tools.end(),
        std::back_inserter(names),
        [](const ToolDouble& tool) { return tool.name; });
    PolicyAnswer answer = co_await policy_->may_list(std::move(caller), std::move(names));
    if (answer.trouble.empty()) {
        co_return listing(answer.allowed);
    }
    if (behaviour_->principal == PrincipalSource::Jwt) {
        co_return listing({});
    }
    if (behaviour_->wire.generation == Generation::Fleet) {
        co_return rpc_error(-32603, "Internal error: " + answer.trouble);
    }
    co_return rpc_error(0, answer.trouble);
}

asio::awaitable<RpcReply>
McpService::call_tool(Caller caller, std::string name, json::object arguments) {
    std::string refused = co_await refusal(caller, name, arguments);
    ToolResult result;
    if (refused.empty()) {
        result = run(*find(name));
    } else {
        result = tool_error(std::move(refused));
    }
    auto& counts = counts_[name];
    ++(result.is_error ? counts.error : counts.ok);
    co_return to_reply(result);
}

/// Token (before), policy, then arguments: nothing runs until all agree (mcp.md §6).
asio::awaitable<std::string>
McpService::refusal(const Caller& caller, const std::string& name, const json::object& arguments) {
    const ToolDouble* tool = find(name);
    if (tool == nullptr) {
        if (policy_ && behaviour_->wire.generation == Generation::Fleet) {
            co_return "Internal error: 'NoneType' object has no attribute 'enabled'";
        }
        co_return unknown_tool(name);
    }
    if (policy_) {
        PolicyAnswer answer = co_await policy_->may_execute(caller, tool->name, arguments);
        if (!answer.trouble.empty() && behaviour_->principal == PrincipalSource::Jwt) {
            co_return dressed("Access denied: authorization service unavailable");
        }
        if (!answer.trouble.empty()) {
            co_return dressed(answer.trouble);
        }
        if (!answer.allowed.front()) {
            co_return dressed("Access denied: " + answer.reason);
        }
    }
    std::string errors;
    if (!behaviour_->ignores_unknown_arguments) {
        errors = argument_errors(*tool, arguments);
    }
    if (!errors.empty()) {
        co_return dressed(errors);
    }
    co_return std::string();
}

std::string McpService::metrics() const {
    if (!behaviour_->metrics) {
        return "# prometheus-client is not installed\n";
    }
    std::string text = "# TYPE agent_utilities_mcp_tool_calls_total counter\n";
    for (const auto& [tool, counts] : counts_) {
        text += fmt::format(
            "agent_utilities_mcp_tool_calls_total{{tool=\"{0}\",outcome=\"ok\"}} {1}\n"
            "agent_utilities_mcp_tool_calls_total{{tool=\"{0}\",outcome=\"error\"}} {2}\n",
            tool,
            counts.ok,
            counts.error);
    }
    return text;
}

const ToolDouble* McpService::find(const std::string& name) const {
    const auto& tools = behaviour_->tools;
    const auto at = std::find_if(
        tools.begin(), tools.end(), [&](const ToolDouble& tool) { return tool.name == name; });
    return at == tools.end() ? nullptr : &*at;
}

std::string McpService::unknown_tool(const std::string& name) const {
    const bool fleet = behaviour_->wire.generation == Generation::Fleet;
    return fmt::format("{}Unknown tool: '{}'", fleet ? "Not found: " : "", name);
}

/// agent-utilities puts a prefix before what a tool or a middleware raised.
std::string McpService::dressed(const std::string& text) const {
    return behaviour_->wire.generation == Generation::Fleet ? "Internal error: " + text : text;
}

RpcReply McpService::listing(const std::vector<bool>& allowed) const {
    json::array tools;
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        if (allowed[i]) {
            json::object tool;
            tool["name"] = behaviour_->tools[i].name;
            for (const auto& field : behaviour_->tools[i].listing) {
                tool[field.key()] = field.value();
            }
            tools.push_back(std::move(tool));
        }
    }
    json::object result;
    result["tools"] = std::move(tools);
    return RpcReply(std::move(result));
}

ToolResult McpService::run(const ToolDouble& tool) {
    ++runs_;
    if (behaviour_->upstream == Upstream::Good) {
        return tool.result;
    }
    ToolResult result = upstream_error(behaviour_->upstream == Upstream::IsError);
    if (result.is_error) {
        result.text = dressed(result.text);
    }
    return result;
}

StartPlan plan_service(const ContainerSpec& spec, const Behaviour& behaviour) {
    StartPlan plan;
    plan.ready_after = behaviour.start;
    plan.rejected = behaviour.rejected;
    plan.exit_code = behaviour.crash;
    const Env& env = spec.env;
    const auto& keys = behaviour.keys;
    const bool checks = enforces(env, keys);
    const bool no_keys = checks && !VerifierSettings::from_env(env, keys).complete();
    const bool no_module = keys.imports_mode && !checks && !env_value(env, keys.mode).empty();
    const bool no_file = env_value(env, "EUNOMIA_TYPE") == "embedded" &&
                         env_value(env, "EUNOMIA_POLICY_FILE").empty();
    const bool refuses_open = behaviour.wire.generation == Generation::Sdk && !checks;
    if (no_keys || no_module || no_file || refuses_open || env_value(env, "TRANSPORT") == "http") {
        plan.exit_code = 1;
    }
    return plan;
}

std::string argument_errors(const ToolDouble& tool, const json::object& arguments) {
    const json::object& schema = schema_of(tool);
    std::string lines;
    int count = 0;
    if (const auto* required = schema.if_contains("required");
        required != nullptr && required->is_array()) {
        for (const auto& name : required->get_array()) {
            if (!arguments.contains(name.as_string())) {
                const json::value given = arguments;
                lines += one_error(
                    name.as_string(), "Missing required argument", "missing_argument", given);
                ++count;
            }
        }
    }
    for (const auto& argument : arguments) {
        if (!has_key(schema, "properties", argument.key())) {
            lines += one_error(
                argument.key(),
                "Unexpected keyword argument",
                "unexpected_keyword_argument",
                argument.value());
            ++count;
        }
    }
    if (count == 0) {
        return {};
    }
    return fmt::format(
        "{} validation error{} for call[{}]{}", count, count == 1 ? "" : "s", tool.name, lines);
}

}  // namespace wavegate::sandbox
