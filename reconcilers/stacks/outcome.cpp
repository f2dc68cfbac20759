#include "reconcilers/stacks/outcome.hpp"

#include <fmt/format.h>

namespace wavegate::stacks {
namespace {

using formats::ServiceEffect;

Error not_alone(std::string what) {
    return {ErrorKind::Conflict, std::move(what)};
}

SecretValue value_in(const ServiceEffect& effect, const std::string& key) {
    const auto at = effect.environment.find(key);
    return at == effect.environment.end() ? nullptr : make_secret(std::string(at->second));
}

Result<void> check_own(
    const ServiceEffect& now,
    const ServiceEffect& then,
    const std::map<std::string, Lever::Wish>& wishes) {
    if (now.rest != then.rest) {
        return not_alone("it would change more of the service than its environment");
    }
    for (const auto& [key, wish] : wishes) {
        if (!fulfils(value_in(then, key), wish.value)) {
            return Error(ErrorKind::Invalid, key + " would not be what is wanted");
        }
    }
    auto keys = now.environment;
    keys.insert(then.environment.begin(), then.environment.end());
    for (const auto& [key, value] : keys) {
        if (!wishes.contains(key) && !equal(value_in(now, key), value_in(then, key))) {
            return not_alone(fmt::format("it would change {} too", key));
        }
    }
    return {};
}

}  // namespace

bool equal(const SecretValue& a, const SecretValue& b) {
    return a == nullptr || b == nullptr ? a == b : *a == *b;
}

bool fulfils(const SecretValue& value, const SecretValue& wished) {
    const bool gone = value == nullptr || value->empty();
    return wished == nullptr || wished->empty() ? gone : equal(value, wished);
}

Result<void> check_outcome(
    const Outcome& now,
    const Outcome& then,
    const std::string& service,
    const std::map<std::string, Lever::Wish>& wishes) {
    const auto before = formats::effect_of({now.file}, formats::texts_of(now.env));
    const auto after = formats::effect_of({then.file}, formats::texts_of(then.env));
    if (!before || !after) {
        const auto& error = before ? after.error() : before.error();
        return Error(ErrorKind::Invalid, "Docker deploys no such file: " + error.message());
    }
    for (const auto& variable : after->missing) {
        if (!before->missing.contains(variable)) {
            return Error(
                ErrorKind::Invalid, "the file demands a value for the variable " + variable);
        }
    }
    for (const auto& [name, effect] : after->services) {
        if (name != service && !(effect == before->services.at(name))) {
            return not_alone(fmt::format("it would change service {} too", name));
        }
    }
    return check_own(before->services.at(service), after->services.at(service), wishes);
}

}  // namespace wavegate::stacks
