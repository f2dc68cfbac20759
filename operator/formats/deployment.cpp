#include "operator/formats/deployment.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::formats {

StackEnv with_changes(StackEnv env, const std::vector<EnvChange>& changes) {
    for (const auto& change : changes) {
        const auto same = [&](const EnvEntry& entry) { return entry.name == change.name; };
        const auto at = std::find_if(env.begin(), env.end(), same);
        if (change.value == nullptr) {
            std::erase_if(env, same);
        } else if (at == env.end()) {
            env.push_back({change.name, change.value});
        } else {
            at->value = change.value;
            env.erase(std::remove_if(at + 1, env.end(), same), env.end());
        }
    }
    return env;
}

std::map<std::string, std::string> texts_of(const StackEnv& env) {
    std::map<std::string, std::string> texts;
    for (const auto& item : env) {
        if (item.value != nullptr) {
            texts[item.name] =
                item.value->reveal([](std::string_view text) { return std::string(text); });
        }
    }
    return texts;
}

Result<Deployed> deployed_of(const std::string& file, const StackEnv& env) {
    auto compose = read_compose(file);
    if (!compose) {
        return compose.take_error();
    }
    Deployed deployment;
    deployment.file = std::make_shared<const Compose>(std::move(*compose));
    auto effect = effect_of({deployment.file}, texts_of(env));
    if (!effect) {
        return effect.take_error();
    }
    deployment.effect = std::move(*effect);
    return deployment;
}

}  // namespace wavegate::formats
