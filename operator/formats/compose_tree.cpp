#include "operator/formats/compose_tree.hpp"

#include "operator/formats/compose_scalar.hpp"
#include "operator/formats/compose_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>
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
        const auto text = environment_text(entry.value);
        taken.emplace(entry.key.text, text ? std::optional(*text) : std::nullopt);
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

Result<YamlNode> expanded(YamlNode node);

/// Puts what a merge key names behind a map's own entries.
Result<void>
merge_in(YamlNode source, std::vector<YamlEntry>& entries, std::unordered_set<std::string>& keys) {
    if (source.is_sequence()) {
        for (YamlNode& item : source.items) {
            if (!item.is_map()) {
                return invalid_at(item.line, "a merge key names what is no map");
            }
            auto merged = merge_in(std::move(item), entries, keys);
            if (!merged) {
                return merged;
            }
        }
        return {};
    }
    if (!source.is_map()) {
        return invalid_at(source.line, "a merge key names what is no map");
    }
    auto map = expanded(std::move(source));
    if (!map) {
        return map.take_error();
    }
    for (YamlEntry& entry : map->entries) {
        if (keys.insert(entry.key.text).second) {
            entries.push_back(std::move(entry));
        }
    }
    return {};
}

/// The own entries of a map, expanded; the values of its merge keys go to `merges`.
Result<std::vector<YamlEntry>>
own_entries(YamlNode& map, std::unordered_set<std::string>& keys, std::vector<YamlNode>& merges) {
    std::vector<YamlEntry> entries;
    for (YamlEntry& entry : map.entries) {
        if (is_merge_key(entry.key)) {
            merges.push_back(std::move(entry.value));
            continue;
        }
        if (read_compose_scalar(entry.key).kind != ComposeScalar::Kind::Text) {
            return invalid_at(entry.key.line, "a key that is no text; put it in quotes");
        }
        auto value = expanded(std::move(entry.value));
        if (!value) {
            return value.take_error();
        }
        keys.insert(entry.key.text);
        entries.push_back({std::move(entry.key), std::move(*value)});
    }
    return entries;
}

Result<YamlNode> expanded(YamlNode node) {
    if (node.is_scalar() && read_compose_scalar(node).kind == ComposeScalar::Kind::Endless) {
        return invalid_at(node.line, "a number without end; put it in quotes");
    }
    for (YamlNode& item : node.items) {
        auto value = expanded(std::move(item));
        if (!value) {
            return value;
        }
        item = std::move(*value);
    }
    std::unordered_set<std::string> keys;
    std::vector<YamlNode> merges;
    auto entries = own_entries(node, keys, merges);
    if (!entries) {
        return entries.take_error();
    }
    for (YamlNode& source : merges) {
        auto merged = merge_in(std::move(source), *entries, keys);
        if (!merged) {
            return merged.take_error();
        }
    }
    node.entries = std::move(*entries);
    return node;
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

Result<YamlNode> expand_compose_tree(YamlNode root) {
    return expanded(std::move(root));
}

bool is_merge_key(const YamlNode& key) {
    return key.text == "<<" && !key.quoted;
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
