#include "reconcilers/guard/consequence.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wavegate::guard {
namespace {

using Texts = std::map<std::string, std::string>;

std::vector<std::string> differing(const Texts& before, const Texts& after) {
    std::vector<std::pair<std::string, std::string>> others;
    std::set_symmetric_difference(
        before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(others));
    std::vector<std::string> keys;
    for (const auto& [key, value] : others) {
        if (keys.empty() || keys.back() != key) {
            keys.push_back(key);
        }
    }
    return keys;
}

const Texts& environment_in(const formats::Deployed& deployment, const std::string& service) {
    static const Texts none;
    const auto at = deployment.effect.services.find(service);
    return at == deployment.effect.services.end() ? none : at->second.environment;
}

}  // namespace

const std::string& deployed_file(const StackWrite& write, const Live& live) {
    if (const auto* file = write.file()) {
        return *file;
    }
    return live.head && live.head->file ? *live.head->file : *live.stack->file;
}

std::vector<std::string> differing_entries(const StackEnv& before, const StackEnv& after) {
    return differing(formats::texts_of(before), formats::texts_of(after));
}

AuthBlock Consequence::block_of(const std::string& compose_service) const {
    return profile->block_in(environment_in(after, compose_service));
}

AuthBlock Consequence::block_before(const std::string& compose_service) const {
    return profile->block_in(environment_in(before, compose_service));
}

std::vector<std::string> Consequence::changed_keys(const std::string& compose_service) const {
    return differing(
        environment_in(before, compose_service), environment_in(after, compose_service));
}

std::vector<std::string> Consequence::changed_entries() const {
    return differing_entries(env_before, env_after);
}

std::string Consequence::value(const std::string& compose_service, const std::string& key) const {
    const auto& environment = environment_in(after, compose_service);
    const auto at = environment.find(key);
    return at == environment.end() ? std::string() : at->second;
}

Result<Consequence>
consequence_of(const StackWrite& write, const Live& live, const AuthProfile& profile) {
    Consequence all;
    all.profile = &profile;
    all.partial = !live.stack->additional_files.empty();
    all.env_before = live.stack->env;
    all.env_after = write.env;
    auto before = formats::deployed_of(*live.stack->file, all.env_before);
    if (!before) {
        return before.take_error();
    }
    auto after = formats::deployed_of(deployed_file(write, live), all.env_after);
    if (!after) {
        return after.take_error();
    }
    all.before = std::move(*before);
    all.after = std::move(*after);
    return all;
}

}  // namespace wavegate::guard
