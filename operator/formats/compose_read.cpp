#include "operator/formats/compose.hpp"
#include "operator/formats/compose_text.hpp"
#include "operator/formats/compose_tree.hpp"
#include "operator/formats/variables.hpp"
#include "operator/formats/yaml.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::formats {
namespace {

using Otherwise = ValuePart::Otherwise;

using Entries = std::map<std::string, const YamlEntry*>;

/// What a map holds once its merge keys are resolved: own keys win, then the first merged map
/// (https://yaml.org/type/merge.html).
void collect(const YamlNode& map, Entries& out) {
    for (const YamlEntry& entry : map.entries) {
        if (entry.key.text != kMergeKey) {
            out.emplace(entry.key.text, &entry);
        }
    }
    const YamlNode* merged = map.find(kMergeKey);
    if (merged == nullptr) {
        return;
    }
    collect(*merged, out);
    for (const YamlNode& item : merged->items) {
        collect(item, out);
    }
}

Entries entries_of(const YamlNode& map) {
    Entries out;
    collect(map, out);
    return out;
}

const YamlNode* value_at(const Entries& map, const char* key) {
    const auto found = map.find(key);
    return found == map.end() || found->second->value.is_null() ? nullptr : &found->second->value;
}

ComposeEnv bare(const std::string& key, int line) {
    return {EnvPlace::Bare, "", key, std::nullopt, line};
}

ComposeEnv with_value(std::string text, int line) {
    ComposeEnv env{EnvPlace::Literal, std::move(text), "", std::nullopt, line};
    auto parts = split_variables(env.text);
    if (!parts) {
        env.place = EnvPlace::Mixed;
        return env;
    }
    for (const ValuePart& part : *parts) {
        if (part.variable.empty()) {
            continue;
        }
        if (parts->size() > 1) {
            env.place = EnvPlace::Mixed;
            return env;
        }
        env.place = EnvPlace::PassThrough;
        env.variable = part.variable;
        if (part.otherwise == Otherwise::Default) {
            env.fallback = part.fallback;
        }
    }
    return env;
}

Result<std::map<std::string, ComposeEnv>> read_environment(const YamlNode& node) {
    std::map<std::string, ComposeEnv> out;
    for (const YamlNode& item : node.items) {
        if (!item.is_scalar()) {
            return invalid_at(item.line, "an environment entry is no text");
        }
        const std::string key = env_key(item.text);
        out.insert_or_assign(
            key,
            key.size() == item.text.size()
                ? bare(key, item.line)
                : with_value(item.text.substr(key.size() + 1), item.line));
    }
    for (const auto& [key, entry] : entries_of(node)) {
        const YamlNode& value = entry->value;
        if (!value.is_scalar() && !value.is_null()) {
            return invalid_at(entry->key.line, "an environment entry is no text");
        }
        const int line = entry->key.line;
        out.emplace(key, value.is_null() ? bare(key, line) : with_value(value.text, line));
    }
    if (node.is_scalar()) {
        return invalid_at(node.line, "environment is neither a list nor a map");
    }
    return out;
}

std::vector<std::string> read_command(const YamlNode& node) {
    std::vector<std::string> words;
    for (const YamlNode& item : node.items) {
        words.push_back(item.text);
    }
    std::string_view rest = node.text;
    while (!rest.empty()) {
        const auto end = rest.find(' ');
        if (end != 0) {
            words.emplace_back(rest.substr(0, end));
        }
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return words;
}

Result<ComposeService> read_service(const YamlEntry& entry) {
    const YamlNode& node = entry.value;
    if (!node.is_map()) {
        return invalid_at(entry.key.line, "a service is no map");
    }
    ComposeService service;
    service.name = entry.key.text;
    const auto entries = entries_of(node);
    if (const YamlNode* image = value_at(entries, "image")) {
        service.image = image->text;
    }
    if (const YamlNode* environment = value_at(entries, "environment")) {
        auto read = read_environment(*environment);
        if (!read) {
            return read.take_error();
        }
        service.environment = std::move(*read);
    }
    if (const YamlNode* command = value_at(entries, "command")) {
        service.command = read_command(*command);
    }
    service.env_file = value_at(entries, "env_file") != nullptr;
    return service;
}

/// `external: true` with the object's own `name:`, or the older `external: { name: x }`.
std::vector<std::string> read_externals(const YamlNode& root, const char* section) {
    std::vector<std::string> names;
    const YamlNode* objects = root.find(section);
    if (objects == nullptr) {
        return names;
    }
    for (const auto& [key, object] : entries_of(*objects)) {
        const auto fields = entries_of(object->value);
        const YamlNode* external = value_at(fields, "external");
        if (external == nullptr || (external->is_scalar() && external->text != "true")) {
            continue;
        }
        const YamlNode* name =
            external->is_map() ? external->find("name") : value_at(fields, "name");
        names.push_back(name != nullptr && name->is_scalar() ? name->text : key);
    }
    return names;
}

}  // namespace

Result<Compose> read_compose(std::string_view text) {
    auto root = read_compose_tree(text);
    if (!root) {
        return root.take_error();
    }
    const YamlNode* services = root->find("services");
    if (services == nullptr || !services->is_map()) {
        return invalid_at(root->line, "the file has no map of services");
    }
    Compose compose;
    for (const auto& [name, entry] : entries_of(*services)) {
        auto service = read_service(*entry);
        if (!service) {
            return service.take_error();
        }
        compose.services.emplace(name, std::move(*service));
    }
    compose.external_networks = read_externals(*root, "networks");
    compose.external_secrets = read_externals(*root, "secrets");
    compose.external_configs = read_externals(*root, "configs");
    return compose;
}

}  // namespace wavegate::formats
