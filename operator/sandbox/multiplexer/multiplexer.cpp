#include "operator/sandbox/multiplexer/multiplexer.hpp"

#include "operator/sandbox/multiplexer/names.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr Duration kBootTick{50};

std::unique_ptr<TokenVerifier> inbound_verifier(const Outside& outside, const Env& env) {
    std::string type = env_value(env, "MCP_AUTH_TYPE");
    if (type.empty()) {
        type = env_value(env, "AUTH_TYPE");
    }
    if (type != "jwt") {
        return nullptr;
    }
    return std::make_unique<TokenVerifier>(outside, VerifierSettings::from_env(env, AuthKeys()));
}

bool is_dynamic(const ContainerSpec& spec) {
    return env_value(spec.env, "MCP_MULTIPLEXER_MODE") == "dynamic";
}

/// A child's tool as the multiplexer lists it: annotations, outputSchema and title are dropped.
json::object relisted(const std::string& name, const json::object& tool) {
    json::object out;
    out["name"] = name;
    for (const auto* field : {"description", "inputSchema"}) {
        if (const auto* value = tool.if_contains(field)) {
            out[field] = *value;
        }
    }
    json::object fastmcp;
    fastmcp["tags"] = json::array();
    json::object meta;
    meta["fastmcp"] = std::move(fastmcp);
    out["_meta"] = std::move(meta);
    return out;
}

}  // namespace

Multiplexer::Multiplexer(
    const Outside& outside,
    TaskGroup& tasks,
    const ContainerSpec& spec,
    std::shared_ptr<const MultiplexerBehaviour> behaviour)
    : outside_(outside),
      tasks_(tasks),
      behaviour_(std::move(behaviour)),
      dynamic_(is_dynamic(spec)),
      server_(
          outside,
          *this,
          std::shared_ptr<const WireBehaviour>(behaviour_, &behaviour_->wire),
          spec.task_id,
          inbound_verifier(outside, spec.env)) {
    auto tokens = std::make_shared<TokenSource>(outside, spec.env);
    std::vector<std::string> names;
    for (const auto& child : behaviour_->children) {
        names.push_back(child.name);
        children_.push_back(
            std::make_shared<MultiplexerChild>(outside, tasks, behaviour_, child, tokens));
    }
    prefixes_ = child_prefixes(std::move(names));
    for (const auto& child : behaviour_->children) {
        if (!child.prefix.empty()) {
            prefixes_[child.name] = child.prefix;
        }
    }
}

void Multiplexer::start() {
    if (dynamic_) {
        return;
    }
    booting_ = static_cast<int>(children_.size());
    for (const auto& child : children_) {
        tasks_.spawn("multiplexer boot " + child->name(), boot(shared_from_this(), child));
    }
}

void Multiplexer::stop() {
    stopped_ = true;
    for (const auto& child : children_) {
        child->stop();
    }
}

bool Multiplexer::park(const std::string& child) {
    const auto found = child_named(child);
    if (found) {
        found->park();
    }
    return found != nullptr;
}

asio::awaitable<void> Multiplexer::boot(std::shared_ptr<Multiplexer> self, Child child) {
    const std::string failure = co_await child->connect();
    --self->booting_;
    if (self->booting_ == 0) {
        // In the order of the configuration, whoever answered first.
        for (const auto& each : self->children_) {
            self->register_tools(each);
        }
    }
}

/// It listens once every child has answered or failed.
asio::awaitable<void> Multiplexer::booted() {
    while (booting_ > 0 && !stopped_) {
        auto waited = co_await outside_.clock.sleep_until(outside_.clock.now().mono + kBootTick);
        static_cast<void>(waited);
    }
}

void Multiplexer::register_tools(const Child& child) {
    for (const auto& tool : child->tools()) {
        const std::string own(tool.at("name").as_string());
        std::string name = exposed_name(prefixes_[child->name()], child->name(), own);
        if (targets_.emplace(name, Target{child, own}).second) {
            listing_.push_back(relisted(name, tool.get_object()));
        }
    }
}

asio::awaitable<HttpResponse> Multiplexer::answer(HttpRequest request) {
    // Keeps itself alive: its container may be replaced while a call hangs.
    auto self = shared_from_this();
    co_await self->booted();
    co_return co_await self->server_.answer(std::move(request));
}

asio::awaitable<RpcReply> Multiplexer::list_tools(Caller caller) {
    json::array tools;
    if (dynamic_) {
        for (auto& tool : meta_tools(true)) {
            tools.push_back(std::move(tool));
        }
    }
    for (const auto& tool : listing_) {
        if (visible(caller.session, std::string(tool.at("name").as_string()))) {
            tools.push_back(tool);
        }
    }
    if (!dynamic_) {
        tools.push_back(meta_tools(false).front());
    }
    json::object result;
    result["tools"] = std::move(tools);
    co_return RpcReply(std::move(result));
}

asio::awaitable<RpcReply>
Multiplexer::call_tool(Caller caller, std::string name, json::object arguments) {
    const bool meta =
        name == "multiplexer_status" ||
        (dynamic_ && (name == "load_tools" || name == "list_catalog" || name == "unload_tools"));
    if (meta) {
        ToolResult result =
            co_await meta_tool(caller.session, std::move(name), std::move(arguments));
        co_return to_reply(result);
    }
    const auto target = targets_.find(name);
    if (target == targets_.end()) {
        co_return to_reply(tool_error("Not found: Unknown tool: '" + name + "'"));
    }
    if (!visible(caller.session, name)) {
        co_return to_reply(tool_error(fmt::format(
            "Internal error: Tool '{0}' is not loaded in this session. Call "
            "load_tools(tools=['{0}']) first.",
            name)));
    }
    const Child child = target->second.child;
    std::string tool = target->second.tool;
    const Mono asked = outside_.clock.now().mono;
    RpcReply reply = co_await child->call(std::move(tool), std::move(arguments));
    if (told_ && child->last_answer() && child->last_answer()->asked >= asked) {
        told_(child->name(), *child->last_answer());
    }
    ++calls_[child->name()]["ok"];
    co_return reply;
}

std::string Multiplexer::metrics() const {
    std::string text = "# TYPE agent_utilities_mcp_child_calls_total counter\n";
    for (const auto& [child, outcomes] : calls_) {
        for (const auto& [outcome, count] : outcomes) {
            text += fmt::format(
                "agent_utilities_mcp_child_calls_total{{server=\"{}\",outcome=\"{}\"}} {}\n",
                child,
                outcome,
                count);
        }
    }
    return text;
}

Multiplexer::Child Multiplexer::child_named(const std::string& name) const {
    const auto at = std::find_if(children_.begin(), children_.end(), [&](const Child& child) {
        return child->name() == name;
    });
    return at == children_.end() ? nullptr : *at;
}

bool Multiplexer::visible(const std::string& session, const std::string& name) const {
    const auto exposed = exposed_.find(session);
    return !dynamic_ || (exposed != exposed_.end() && exposed->second.contains(name));
}

StartPlan plan_multiplexer(const ContainerSpec& spec, const MultiplexerBehaviour& behaviour) {
    StartPlan plan;
    plan.ready_after = behaviour.start;
    plan.exit_code = behaviour.crash;
    if (env_value(spec.env, "TRANSPORT") == "http") {
        plan.exit_code = 1;
    }
    return plan;
}

}  // namespace wavegate::sandbox
