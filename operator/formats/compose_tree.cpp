#include "operator/formats/compose_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace wavegate::formats {
namespace {

bool same(const YamlNode& a, const YamlNode& b) {
    return a.kind == b.kind && a.quoted == b.quoted && a.text == b.text && a.alias == b.alias &&
           a.anchored == b.anchored && a.tagged == b.tagged &&
           std::ranges::equal(a.items, b.items, same) &&
           std::ranges::equal(a.entries, b.entries, [](const YamlEntry& x, const YamlEntry& y) {
               return same(x.key, y.key) && same(x.value, y.value);
           });
}

YamlNode* child(YamlNode* map, std::string_view key) {
    if (map == nullptr) {
        return nullptr;
    }
    const auto at = std::ranges::find_if(
        map->entries, [&](const YamlEntry& entry) { return entry.key.text == key; });
    return at == map->entries.end() ? nullptr : &at->value;
}

/// Takes the environment out of a service; Null when there is none.
YamlNode take_environment(YamlNode& root, std::string_view service) {
    YamlNode* node = child(child(&root, "services"), service);
    YamlNode environment;
    if (node == nullptr) {
        return environment;
    }
    std::erase_if(node->entries, [&](YamlEntry& entry) {
        if (entry.key.text != "environment") {
            return false;
        }
        environment = std::move(entry.value);
        return true;
    });
    return environment;
}

using Wanted = std::map<std::string, std::optional<std::string>>;

/// Takes the changed entries out and gives their values; an entry without one gives nullopt.
std::multimap<std::string, std::optional<std::string>> take_changed(
    YamlNode& environment,
    const Wanted& wanted) {
    std::multimap<std::string, std::optional<std::string>> taken;
    std::erase_if(environment.items, [&](const YamlNode& item) {
        const std::string key = env_key(item.text);
        if (!wanted.contains(key)) {
            return false;
        }
        const bool bare = key.size() == item.text.size();
        taken.emplace(key, bare ? std::nullopt : std::optional(item.text.substr(key.size() + 1)));
        return true;
    });
    std::erase_if(environment.entries, [&](const YamlEntry& entry) {
        if (!wanted.contains(entry.key.text)) {
            return false;
        }
        const bool bare = !entry.value.is_scalar();
        taken.emplace(entry.key.text, bare ? std::nullopt : std::optional(entry.value.text));
        return true;
    });
    return taken;
}

bool holds(
    const std::multimap<std::string, std::optional<std::string>>& taken,
    const Wanted& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& pair) {
        const auto& [key, value] = pair;
        if (!value) {
            return !taken.contains(key);
        }
        return taken.count(key) == 1 && taken.find(key)->second == value;
    });
}

bool same_rest(const YamlNode& before, const YamlNode& after) {
    const auto empty = [](const YamlNode& node) {
        return node.items.empty() && node.entries.empty() && !node.is_scalar();
    };
    return (empty(before) && empty(after)) || same(before, after);
}

}  // namespace

Result<YamlNode> read_compose_tree(std::string_view text) {
    YamlFile file = read_yaml(text);
    if (!file.errors.empty()) {
        const YamlError& error = file.errors.front();
        return Error(ErrorKind::Invalid, fmt::format("line {}: {}", error.line, error.message));
    }
    if (file.documents.size() != 1 || !file.documents.front().is_map()) {
        return Error(ErrorKind::Invalid, "a compose file is one document, a map");
    }
    return std::move(file.documents.front());
}

std::string env_key(std::string_view item) {
    return std::string(item.substr(0, item.find('=')));
}

std::string written_value(const ComposeChange& change) {
    std::string out;
    for (const char c : *change.value) {
        out += c;
        if (c == '$' && !change.raw) {
            out += c;
        }
    }
    return out;
}

bool differs_only_by(
    const YamlNode& before,
    const YamlNode& after,
    std::string_view service,
    const std::vector<ComposeChange>& changes) {
    Wanted wanted;
    for (const ComposeChange& change : changes) {
        wanted[change.key] = change.value ? std::optional(written_value(change)) : std::nullopt;
    }
    YamlNode old_tree = before;
    YamlNode new_tree = after;
    YamlNode old_environment = take_environment(old_tree, service);
    YamlNode new_environment = take_environment(new_tree, service);
    take_changed(old_environment, wanted);
    return holds(take_changed(new_environment, wanted), wanted) &&
           same_rest(old_environment, new_environment) && same(old_tree, new_tree);
}

}  // namespace wavegate::formats
