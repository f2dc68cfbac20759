#include "operator/formats/compose_effect.hpp"

#include "operator/base/digest.hpp"
#include "operator/formats/compose_text.hpp"
#include "operator/formats/compose_tree.hpp"
#include "operator/formats/variables.hpp"

#include <optional>
#include <utility>

namespace wavegate::formats {
namespace {

using Variables = std::map<std::string, std::string>;
using Files = std::vector<std::shared_ptr<const Compose>>;
using Otherwise = ValuePart::Otherwise;

/// Computes with one Env, and notes what that lacks.
class Deployment {
  public:
    explicit Deployment(const Variables& env) : env_(env) {}

    std::string put_in(std::string_view text, int line) {
        auto parts = split_variables(text);
        if (!parts) {
            refuse(line, parts.error().message());
            return {};
        }
        std::string out;
        for (const ValuePart& part : *parts) {
            out += part.variable.empty() ? part.literal : value_of(part);
        }
        return out;
    }

    Variables environment(const YamlNode& node) {
        std::map<std::string, std::optional<std::string>> values;
        std::set<std::string> items;
        for (const YamlNode& item : node.items) {
            const auto text = put_in(item.text, item.line);
            if (!items.insert(text).second) {
                refuse(item.line, "an entry that stands there twice, word for word");
            }
            const auto key = env_key(text);
            const bool bare = key.size() == text.size();
            values.insert_or_assign(
                key, bare ? std::nullopt : std::optional(text.substr(key.size() + 1)));
        }
        for (const auto& [key, value] : node.entries) {
            auto text = value.is_null() ? std::nullopt : std::optional(*environment_text(value));
            values.emplace(key.text, text ? std::optional(put_in(*text, key.line)) : std::nullopt);
        }
        return resolved(values);
    }

    /// Without the entry `without`; sorted, so that where an entry stands does not count.
    void write(const YamlNode& node, std::string& out, std::string_view without = {}) {
        out += static_cast<char>('0' + static_cast<int>(node.kind));
        const auto text = put_in(node.text, node.line);
        out += std::to_string(text.size()) + (node.quoted ? '"' : ':') + text;
        for (const YamlNode& item : node.items) {
            write(item, out);
        }
        std::map<std::string_view, const YamlNode*> entries;
        for (const auto& [key, value] : node.entries) {
            entries.emplace(key.text, &value);
        }
        entries.erase(without);
        for (const auto& [key, value] : entries) {
            out += std::to_string(key.size()) + '=' + std::string(key);
            write(*value, out);
        }
        out += ';';
    }

    [[nodiscard]] const std::set<std::string>& missing() const { return missing_; }
    /// The first thing that Docker refuses.
    [[nodiscard]] const std::optional<Error>& wrong() const { return wrong_; }

  private:
    void refuse(int line, std::string_view why) {
        if (!wrong_) {
            wrong_ = invalid_at(line, why);
        }
    }

    std::string value_of(const ValuePart& part) {
        const auto found = env_.find(part.variable);
        if (found != env_.end() && !(part.or_empty && found->second.empty())) {
            return found->second;
        }
        if (part.otherwise == Otherwise::Failure) {
            missing_.insert(part.variable);
        }
        return part.otherwise == Otherwise::Default ? part.fallback : std::string();
    }

    /// Names without a value, and empty values too, take what Env has under the same name.
    [[nodiscard]] Variables resolved(
        const std::map<std::string, std::optional<std::string>>& values) const {
        Variables out;
        for (const auto& [key, value] : values) {
            const auto found = env_.find(key);
            if ((!value || value->empty()) && found != env_.end()) {
                out[key] = found->second;
            } else if (value) {
                out[key] = *value;
            }
        }
        return out;
    }

    const Variables& env_;
    std::set<std::string> missing_;
    std::optional<Error> wrong_;
};

const YamlNode* service_in(const Compose& file, const std::string& name) {
    const YamlNode* services = file.tree->find("services");
    return services == nullptr ? nullptr : services->find(name);
}

/// A later file's values win, but for empty ones.
void lay_over(Variables& below, const Variables& above) {
    for (const auto& [key, value] : above) {
        auto& there = below[key];
        if (!value.empty()) {
            there = value;
        }
    }
}

Variables environment_in(const Files& files, const std::string& service, Deployment& deployment) {
    Variables environment;
    for (const auto& file : files) {
        const YamlNode* node = service_in(*file, service);
        const YamlNode* own = node == nullptr ? nullptr : node->find("environment");
        if (own != nullptr) {
            lay_over(environment, deployment.environment(*own));
        }
    }
    return environment;
}

/// What belongs to all services: networks, volumes, secrets, configs. `x-…` is looked at, for
/// Docker puts variables in there too, and counts for nothing.
std::string shared_parts(const Files& files, Deployment& deployment) {
    std::string out;
    for (const auto& file : files) {
        for (const auto& [key, value] : file->tree->entries) {
            std::string part;
            if (key.text != "services") {
                deployment.write(value, part);
            }
            out += key.text.starts_with("x-") ? "" : key.text + part;
        }
    }
    return out;
}

ServiceEffect effect_in(
    const Files& files,
    const std::string& service,
    const std::string& shared,
    Deployment& deployment) {
    std::string rest = shared;
    for (const auto& file : files) {
        const YamlNode* node = service_in(*file, service);
        if (node != nullptr) {
            deployment.write(*node, rest, "environment");
        }
        rest += '\n';
    }
    return {environment_in(files, service, deployment), sha256_hex(rest)};
}

}  // namespace

Result<StackEffect> effect_of(
    const std::vector<std::shared_ptr<const Compose>>& files,
    const std::map<std::string, std::string>& env) {
    Deployment deployment(env);
    StackEffect effect;
    const auto shared = shared_parts(files, deployment);
    for (const auto& file : files) {
        for (const auto& [name, service] : file->services) {
            if (!effect.services.contains(name)) {
                effect.services[name] = effect_in(files, name, shared, deployment);
            }
        }
    }
    if (deployment.wrong()) {
        return *deployment.wrong();
    }
    effect.missing = deployment.missing();
    return effect;
}

Result<std::map<std::string, std::string>> environment_of(
    const std::vector<std::shared_ptr<const Compose>>& files,
    const std::string& service,
    const std::map<std::string, std::string>& env) {
    Deployment deployment(env);
    auto environment = environment_in(files, service, deployment);
    if (deployment.wrong()) {
        return *deployment.wrong();
    }
    return environment;
}

}  // namespace wavegate::formats
