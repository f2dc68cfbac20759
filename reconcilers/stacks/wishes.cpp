#include "reconcilers/stacks/wishes.hpp"

namespace wavegate::stacks {

Wishes wishes_for(const AuthBlock& block, const AuthBlock& now) {
    Wishes wishes;
    for (const auto& [key, value] : block) {
        wishes[key] = {make_secret(std::string(value)), true};
    }
    for (const auto& [key, value] : now) {
        wishes.try_emplace(key, Lever::Wish{nullptr, true});
    }
    return wishes;
}

Wishes env_wishes(const ServiceSpec& service, const Observed& observed) {
    Wishes wishes;
    if (const auto at = observed.env_files.find(service.name);
        at != observed.env_files.end() && at->second.ok()) {
        for (const auto& [key, value] : at->second->values) {
            wishes[key] = {value, false};
        }
    }
    for (const auto& [key, value] : service.env) {
        wishes[key] = {make_secret(std::string(value)), true};
    }
    return wishes;
}

}  // namespace wavegate::stacks
