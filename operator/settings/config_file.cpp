#include "operator/settings/config_file.hpp"

#include "operator/desired/report.hpp"
#include "operator/formats/yaml.hpp"
#include "operator/settings/config_fields.hpp"
#include "operator/settings/tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace wavegate::settings {
namespace {

using formats::YamlNode;

/// Reads the file's tree into the configuration.
class FileReader {
  public:
    FileReader(std::string file, ParsedConfig& result)
        : file_(std::move(file)),
          folder_(std::filesystem::path(file_).parent_path()),
          result_(result) {}

    void map(const YamlNode& node, const std::string& group) {
        if (node.is_null()) {
            return;
        }
        if (!node.is_map()) {
            add(node, group, "is no map");
            return;
        }
        for (const auto& [key, value] : node.entries) {
            entry(group, key, value);
        }
    }

    void add(const YamlNode& at, const std::string& field, std::string message) {
        add(at.line, at.column, field, std::move(message));
    }
    void add(int line, int column, const std::string& field, std::string message) {
        result_.found.push_back(
            {Severity::Error, {file_, line, column}, {}, field, std::move(message)});
    }

  private:
    void entry(const std::string& group, const YamlNode& key, const YamlNode& value) {
        const auto known = known_below(group);
        if (std::find(known.begin(), known.end(), key.text) == known.end()) {
            unknown(key, group, known);
            return;
        }
        const auto name = group.empty() ? key.text : group + "." + key.text;
        if (name == kReferences) {
            references(value);
        } else if (name == kClients) {
            clients(value);
        } else if (name == kEnv) {
            env(value);
        } else if (name == kEnvFiles) {
            env_files(value);
        } else if (name == kTokens) {
            tokens(value);
        } else if (name == kEtcd && !value.is_map()) {
            leaf(*field_named(kEtcdUrls), value);
        } else if (const auto* field = field_named(name)) {
            leaf(*field, value);
        } else {
            map(value, name);
        }
    }

    void leaf(const Field& field, const YamlNode& value) {
        auto text = value.text;
        if (field.list && value.is_sequence()) {
            text = joined(value);
        } else if (!value.is_scalar()) {
            add(value, field.name, "is no text");
            return;
        }
        if (field.path && !text.empty() && std::filesystem::path(text).is_relative()) {
            text = (folder_ / text).lexically_normal().string();
        }
        result_.config.given[field.name] = {{file_, value.line, value.column}, field.name};
        if (auto wrong = field.take(result_.config, text); !wrong.empty()) {
            add(value, field.name, std::move(wrong));
        }
    }

    /// What is no text in it becomes an empty name, which no list may hold.
    static std::string joined(const YamlNode& list) {
        std::string text;
        for (const auto& item : list.items) {
            text += (text.empty() ? "" : ",") + (item.is_scalar() ? item.text : std::string());
        }
        return text;
    }

    void references(const YamlNode& list) {
        if (!list.is_sequence()) {
            add(list, kReferences, "is no list");
            return;
        }
        for (const auto& item : list.items) {
            reference(item);
        }
    }

    void reference(const YamlNode& item) {
        ReferenceRule rule;
        if (item.is_scalar()) {
            rule.pattern = item.text;
        } else if (const auto* ref = item.find("ref"); ref != nullptr && ref->is_scalar()) {
            rule.pattern = ref->text;
            if (!places(item, rule)) {
                return;
            }
        } else {
            add(item, kReferences, "is no { ref: REFERENCE, to: [ ORIGIN ] }");
            return;
        }
        if (auto wrong = fault_of(rule); !wrong.empty()) {
            add(item, kReferences, std::move(wrong));
            return;
        }
        const auto field = reference_field(result_.config.access.references.size());
        result_.config.given[field] = {{file_, item.line, item.column}, kReferences};
        result_.config.access.references.push_back(std::move(rule));
    }

    /// What a rule says besides its reference. False: it is wrong, and said.
    bool places(const YamlNode& item, ReferenceRule& rule) {
        const auto before = result_.found.size();
        for (const auto& [key, value] : item.entries) {
            if (key.text == "to") {
                origins(value, rule.to);
            } else if (key.text == "services") {
                names(value, std::string(kReferences) + ".services", rule.services);
            } else if (key.text == "host" && is_reference(rule.pattern)) {
                add(value, kReferences, cure_for_host(rule.pattern, value.text));
            } else if (key.text != "ref") {
                unknown(key, kReferences, {"ref", "to", "services"});
            }
        }
        return result_.found.size() == before;
    }

    void origins(const YamlNode& list, std::vector<OriginPattern>& into) {
        std::vector<std::string> texts;
        names(list, std::string(kReferences) + ".to", texts);
        for (const auto& text : texts) {
            auto origin = parse_origin(text);
            if (origin) {
                into.push_back(std::move(*origin));
            } else {
                add(list, kReferences, formats::in_quotes(text) + " " + origin.error().message());
            }
        }
    }

    void clients(const YamlNode& map) {
        if (!map.is_map()) {
            add(map, kClients, "is no map of client ids");
            return;
        }
        for (const auto& [client, value] : map.entries) {
            if (!value.is_map()) {
                add(value, kClients, "is no { stacks: [ NAME ], paths: [ PATH ] }");
                continue;
            }
            auto& rule = result_.config.access.clients[client.text];
            for (const auto& [key, list] : value.entries) {
                if (key.text == "stacks" || key.text == "paths") {
                    names(
                        list,
                        std::string(kClients) + "." + client.text + "." + key.text,
                        key.text == "stacks" ? rule.stacks : rule.paths);
                } else {
                    unknown(key, kClients, {"stacks", "paths"});
                }
            }
        }
    }

    void env(const YamlNode& map) {
        if (!map.is_map()) {
            add(map, kEnv, "is no map of services");
            return;
        }
        for (const auto& [service, keys] : map.entries) {
            names(
                keys,
                std::string(kEnv) + "." + service.text,
                result_.config.access.env[service.text]);
        }
    }

    void env_files(const YamlNode& map) {
        if (!map.is_map()) {
            add(map, kEnvFiles, "is no map of files below envRoot");
            return;
        }
        for (const auto& [file, services] : map.entries) {
            auto& rule = result_.config.env_files[plain_env_file(file.text)];
            const auto field = std::string(kEnvFiles) + "." + file.text;
            const auto before = result_.found.size();
            names(services, field, rule);
            auto wrong = fault_of_env_file(file.text, rule);
            if (result_.found.size() == before && !wrong.empty()) {
                add(file, field, std::move(wrong));
            }
        }
    }

    void tokens(const YamlNode& list) {
        if (!list.is_sequence()) {
            add(list, kTokens, "is no list");
            return;
        }
        for (const auto& item : list.items) {
            token(item);
        }
    }

    void token(const YamlNode& item) {
        if (!item.is_map()) {
            add(item, kTokens, "is no { name: NAME, roles: [ ROLE ], tokenRef: REFERENCE }");
            return;
        }
        const auto before = result_.found.size();
        TokenText text;
        for (const auto& [key, value] : item.entries) {
            if (key.text == "roles") {
                names(value, std::string(kTokens) + ".roles", text.roles);
            } else if (key.text == "authors") {
                names(value, std::string(kTokens) + ".authors", text.authors);
            } else if (key.text == "name" && value.is_scalar()) {
                text.name = value.text;
            } else if (key.text == "tokenRef" && value.is_scalar()) {
                text.reference = value.text;
            } else {
                unknown(key, kTokens, {"name", "roles", "authors", "tokenRef"});
            }
        }
        if (result_.found.size() > before) {
            return;
        }
        const auto field = token_field(result_.config.tokens.size());
        if (auto wrong = add_token(result_.config, std::move(text)); !wrong.empty()) {
            add(item, kTokens, std::move(wrong));
            return;
        }
        result_.config.given[field] = {{file_, item.line, item.column}, kTokens};
    }

    /// A list of names, or one alone.
    void names(const YamlNode& list, const std::string& field, std::vector<std::string>& into) {
        if (list.is_scalar() && !list.text.empty()) {
            into.push_back(list.text);
            return;
        }
        if (!list.is_sequence()) {
            add(list, field, "is no list of names");
            return;
        }
        for (const auto& item : list.items) {
            if (item.is_scalar() && !item.text.empty()) {
                into.push_back(item.text);
            } else {
                add(item, field, "is no name");
            }
        }
    }

    void unknown(const YamlNode& key, const std::string& group, std::vector<std::string> known) {
        add(key,
            group,
            fmt::format(
                "unknown field {}{}",
                formats::in_quotes(key.text),
                desired::suggestion(key.text, known)));
    }

    std::string file_;
    std::filesystem::path folder_;
    ParsedConfig& result_;
};

}  // namespace

void read_config_file(const std::string& file, std::string_view text, ParsedConfig& result) {
    FileReader reader(file, result);
    const auto yaml = formats::read_yaml(text, {}, formats::YamlOrigin::Ours);
    for (const auto& error : yaml.errors) {
        reader.add(error.line, error.column, {}, error.message);
    }
    if (yaml.documents.size() > 1) {
        reader.add(yaml.documents[1], {}, "a second document: there is only one configuration");
    }
    if (!yaml.documents.empty()) {
        reader.map(yaml.documents.front(), {});
    }
}

}  // namespace wavegate::settings
