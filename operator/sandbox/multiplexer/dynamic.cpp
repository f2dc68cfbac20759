#include "operator/sandbox/multiplexer/multiplexer.hpp"
#include "operator/sandbox/multiplexer/names.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

ToolResult structured(json::object body) {
    ToolResult result;
    result.structured = std::move(body);
    result.text = pretty(result.structured);
    return result;
}

std::set<std::string> texts_at(const json::object& object, std::string_view key) {
    std::set<std::string> texts;
    const auto* list = object.if_contains(key);
    if (list != nullptr && list->is_array()) {
        for (const auto& item : list->get_array()) {
            if (item.is_string()) {
                texts.emplace(item.get_string());
            }
        }
    }
    return texts;
}

json::array to_array(const std::set<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) {
        out.emplace_back(text);
    }
    return out;
}

}  // namespace

asio::awaitable<ToolResult>
Multiplexer::meta_tool(std::string session, std::string name, json::object arguments) {
    if (name == "load_tools") {
        co_return co_await load_tools(std::move(session), std::move(arguments));
    }
    if (name == "list_catalog") {
        co_return co_await list_catalog();
    }
    if (name == "unload_tools") {
        co_return unload_tools(session, arguments);
    }
    co_return status();
}

/// Mounts whole servers on first use and shows their tools to this session alone. A child that
/// lists nothing counts as mounted.
asio::awaitable<ToolResult> Multiplexer::load_tools(std::string session, json::object arguments) {
    std::set<std::string> mounted;
    json::object failed;
    for (const auto& name : texts_at(arguments, "servers")) {
        const Child child = child_named(name);
        std::string failure = "Unknown server";
        if (child) {
            failure.clear();
        }
        if (child && !child->mounted()) {
            failure = co_await child->connect();
            register_tools(child);
        }
        if (failure.empty()) {
            mounted.insert(name);
        } else {
            failed[name] = failure;
        }
    }
    const auto wanted = texts_at(arguments, "tools");
    std::set<std::string> fresh;
    auto& shown = exposed_[session];
    for (const auto& [name, target] : targets_) {
        const bool asked = mounted.contains(target.child->name()) || wanted.contains(name);
        if (asked && shown.insert(name).second) {
            fresh.insert(name);
        }
    }
    json::object body;
    body["mounted_servers"] = to_array(mounted);
    body["newly_exposed"] = to_array(fresh);
    body["failed"] = std::move(failed);
    body["session_total"] = shown.size();
    body["total_registered"] = targets_.size();
    co_return structured(std::move(body));
}

/// Probes what is not mounted, once: later answers are stale.
asio::awaitable<ToolResult> Multiplexer::list_catalog() {
    if (!catalog_.empty()) {
        co_return structured(catalog_);
    }
    json::array servers;
    std::set<std::string> mounted;
    std::set<std::string> unavailable;
    std::size_t total = 0;
    for (const auto& child : children_) {
        json::object entry = co_await catalog_entry(child);
        if (child->mounted()) {
            mounted.insert(child->name());
        } else if (!entry.at("available").as_bool()) {
            unavailable.insert(child->name());
        }
        total += entry.at("tools").as_array().size();
        servers.push_back(std::move(entry));
    }
    catalog_["total_servers"] = children_.size();
    catalog_["total_tools"] = total;
    catalog_["mounted"] = to_array(mounted);
    catalog_["unavailable"] = to_array(unavailable);
    catalog_["servers"] = std::move(servers);
    co_return structured(catalog_);
}

asio::awaitable<json::object> Multiplexer::catalog_entry(Child child) {
    PeerSession seen;
    if (child->mounted()) {
        seen.tools = child->tools();
    } else {
        seen = co_await child->look();
    }
    json::array names;
    for (const auto& tool : seen.tools) {
        const std::string own(tool.at("name").as_string());
        names.emplace_back(exposed_name(prefixes_[child->name()], child->name(), own));
    }
    json::object entry;
    entry["server"] = child->name();
    entry["prefix"] = prefixes_[child->name()];
    entry["tool_count"] = names.size();
    entry["enabled_count"] = names.size();
    entry["mounted"] = child->mounted();
    entry["available"] = seen.failure.empty();
    if (!seen.failure.empty()) {
        entry["error"] = seen.failure;
    }
    entry["tools"] = std::move(names);
    co_return entry;
}

ToolResult Multiplexer::unload_tools(const std::string& session, const json::object& arguments) {
    std::set<std::string> gone;
    for (const auto& name : texts_at(arguments, "tools")) {
        if (exposed_[session].erase(name) > 0) {
            gone.insert(name);
        }
    }
    json::object body;
    body["unloaded"] = to_array(gone);
    return structured(std::move(body));
}

ToolResult Multiplexer::status() const {
    std::map<std::string, json::object> mounted;
    for (const auto& child : children_) {
        if (child->mounted()) {
            mounted[child->name()] = child->status();
        }
    }
    json::object children;
    for (auto& [name, state] : mounted) {
        children[name] = std::move(state);
    }
    json::object body;
    body["children"] = std::move(children);
    body["total_children"] = mounted.size();
    body["total_tools"] = targets_.size();
    return structured(std::move(body));
}

}  // namespace wavegate::sandbox
