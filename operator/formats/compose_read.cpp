#include "operator/formats/compose.hpp"
#include "operator/formats/compose_scalar.hpp"
#include "operator/formats/compose_text.hpp"
#include "operator/formats/compose_tree.hpp"
#include "operator/formats/variables.hpp"
#include "operator/formats/yaml.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::formats {
namespace {

using Otherwise = ValuePart::Otherwise;
using Kind = ComposeScalar::Kind;

const YamlNode* value_at(const YamlNode& map, const char* key) {
    const YamlNode* found = map.find(key);
    return found == nullptr || found->is_null() ? nullptr : found;
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
    const bool literal =
        std::ranges::all_of(*parts, [](const ValuePart& part) { return part.variable.empty(); });
    if (literal) {
        return env;
    }
    // A default that mentions variables is read by some servers as Docker's CLI does not.
    const ValuePart& part = parts->front();
    if (parts->size() > 1 || !is_variable_name(part.variable) ||
        part.fallback.find('$') != std::string::npos) {
        env.place = EnvPlace::Mixed;
        return env;
    }
    env.place = EnvPlace::PassThrough;
    env.variable = part.variable;
    if (part.otherwise == Otherwise::Default) {
        env.fallback = part.fallback;
    }
    return env;
}

ComposeEnv read_item(const YamlNode& item, const std::string& key) {
    if (key.find('$') != std::string::npos) {
        return {EnvPlace::Mixed, item.text, "", std::nullopt, item.line};
    }
    return key.size() == item.text.size() ? bare(key, item.line)
                                          : with_value(item.text.substr(key.size() + 1), item.line);
}

Result<std::map<std::string, ComposeEnv>> read_environment(const YamlNode& node) {
    std::map<std::string, ComposeEnv> out;
    for (const YamlNode& item : node.items) {
        if (!item.is_scalar() || read_compose_scalar(item).kind != Kind::Text) {
            return invalid_at(item.line, "an environment entry is no text; put it in quotes");
        }
        const std::string key = env_key(item.text);
        out.insert_or_assign(key, read_item(item, key));
    }
    for (const auto& [key, value] : node.entries) {
        if (value.is_null()) {
            out.emplace(key.text, bare(key.text, key.line));
            continue;
        }
        auto text = environment_text(value);
        if (!text) {
            return invalid_at(key.line, text.error().message());
        }
        out.emplace(key.text, with_value(std::move(*text), key.line));
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
    if (const YamlNode* image = value_at(node, "image")) {
        service.image = image->text;
    }
    if (const YamlNode* environment = value_at(node, "environment")) {
        auto read = read_environment(*environment);
        if (!read) {
            return read.take_error();
        }
        service.environment = std::move(*read);
        service.environment_is_map = environment->is_map();
    }
    if (const YamlNode* command = value_at(node, "command")) {
        service.command = read_command(*command);
    }
    service.env_file = value_at(node, "env_file") != nullptr;
    return service;
}

/// `external: true` with the object's own `name:`, or the older `external: { name: x }`.
std::vector<std::string> read_externals(const YamlNode& root, const char* section) {
    std::vector<std::string> names;
    const YamlNode* objects = root.find(section);
    if (objects == nullptr) {
        return names;
    }
    for (const auto& [key, fields] : objects->entries) {
        const YamlNode* external = value_at(fields, "external");
        if (external == nullptr || (external->is_scalar() && external->text != "true")) {
            continue;
        }
        const YamlNode* name =
            external->is_map() ? external->find("name") : value_at(fields, "name");
        names.push_back(name != nullptr && name->is_scalar() ? name->text : key.text);
    }
    return names;
}

/// Who reads which variable, found in a tree whose merge keys are resolved.
class Readers {
  public:
    explicit Readers(Compose& compose) : compose_(compose) {}

    void file(const YamlNode& root) {
        for (const auto& [key, value] : root.entries) {
            if (key.text == "services") {
                for (const auto& [name, service] : value.entries) {
                    in_service(name.text, service);
                }
            } else if (!key.text.starts_with("x-")) {
                all_below(value, {});
            }
        }
    }

  private:
    void in_service(const std::string& name, const YamlNode& service) {
        for (const auto& [key, value] : service.entries) {
            if (key.text == "environment") {
                in_environment(name);
            } else {
                all_below(value, {name, ""});
            }
        }
    }

    void in_environment(const std::string& service) {
        for (const auto& [key, env] : compose_.services.at(service).environment) {
            const VariableReader reader{service, key.find('$') == std::string::npos ? key : ""};
            if (env.place == EnvPlace::Bare) {
                compose_.readers[env.variable].insert(reader);
            } else {
                text(env.text, reader);
            }
        }
    }

    void all_below(const YamlNode& node, const VariableReader& reader) {
        text(node.text, reader);
        for (const YamlNode& item : node.items) {
            all_below(item, reader);
        }
        for (const auto& [key, value] : node.entries) {
            all_below(value, reader);
        }
    }

    void text(std::string_view text, const VariableReader& reader) {
        for (const auto& variable : variables_in(text)) {
            compose_.readers[variable].insert(reader);
        }
    }

    Compose& compose_;
};

}  // namespace

Result<std::string> environment_text(const YamlNode& value) {
    if (!value.is_scalar()) {
        return Error(ErrorKind::Invalid, "an environment entry is no text");
    }
    auto scalar = read_compose_scalar(value);
    const bool time = scalar.kind == Kind::Date && scalar.text == value.text;
    if (scalar.kind == Kind::Boolean || scalar.kind == Kind::Endless || time) {
        return Error(ErrorKind::Invalid, "an environment entry is no text; put it in quotes");
    }
    if (value.tagged && !value.quoted) {
        return Error(ErrorKind::Invalid, "an environment entry bears a tag; put it in quotes");
    }
    return std::move(scalar.text);
}

Result<Compose> read_compose(std::string_view text) {
    auto read = read_compose_tree(text);
    auto root = read ? expand_compose_tree(std::move(*read)) : read.take_error();
    if (!root) {
        return root.take_error();
    }
    const YamlNode* services = root->find("services");
    if (services == nullptr || !services->is_map()) {
        return invalid_at(root->line, "the file has no map of services");
    }
    Compose compose;
    for (const YamlEntry& entry : services->entries) {
        auto service = read_service(entry);
        if (!service) {
            return service.take_error();
        }
        compose.services.emplace(entry.key.text, std::move(*service));
    }
    compose.external_networks = read_externals(*root, "networks");
    compose.external_secrets = read_externals(*root, "secrets");
    compose.external_configs = read_externals(*root, "configs");
    Readers(compose).file(*root);
    compose.tree = std::make_shared<const YamlNode>(std::move(*root));
    return compose;
}

}  // namespace wavegate::formats
