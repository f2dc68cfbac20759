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

/// The file that the write deploys: its own, the branch's as it was read again, or the one that
/// stands there.
const std::string& deployed_file(const StackEdit& edit, const Live& live) {
    if (edit.file) {
        return *edit.file;
    }
    return live.head && live.head->file ? *live.head->file : *live.stack->file;
}

}  // namespace

AuthBlock Consequence::block_of(const std::string& compose_service) const {
    AuthBlock block;
    const auto& environment = environment_in(after, compose_service);
    for (const auto key : kAuthKeys) {
        if (const auto at = environment.find(std::string(key)); at != environment.end()) {
            block.insert(*at);
        }
    }
    return block;
}

std::vector<std::string> Consequence::changed_keys(const std::string& compose_service) const {
    return differing(
        environment_in(before, compose_service), environment_in(after, compose_service));
}

std::vector<std::string> Consequence::changed_entries() const {
    return differing(formats::texts_of(env_before), formats::texts_of(env_after));
}

std::string Consequence::value(const std::string& compose_service, const std::string& key) const {
    const auto& environment = environment_in(after, compose_service);
    const auto at = environment.find(key);
    return at == environment.end() ? std::string() : at->second;
}

Result<Consequence> consequence_of(const StackEdit& edit, const Live& live) {
    if (!live.stack->additional_files.empty()) {
        return Error(ErrorKind::Invalid, "files are laid over the stack's own and are not read");
    }
    Consequence all;
    all.env_before = live.stack->env;
    all.env_after = formats::with_changes(live.stack->env, edit.env);
    auto before = formats::deployed_of(*live.stack->file, all.env_before);
    if (!before) {
        return before.take_error();
    }
    auto after = formats::deployed_of(deployed_file(edit, live), all.env_after);
    if (!after) {
        return after.take_error();
    }
    all.before = std::move(*before);
    all.after = std::move(*after);
    return all;
}

}  // namespace wavegate::guard
