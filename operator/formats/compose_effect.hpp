#pragma once

#include "operator/formats/compose.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace wavegate::formats {

/// What a deployment makes of one service.
struct ServiceEffect {
    /// As its containers get it; variables that are named and unset stand not in it.
    std::map<std::string, std::string> environment;
    std::string rest;  ///< digest of all else that the files say of it
    friend bool operator==(const ServiceEffect&, const ServiceEffect&) = default;
};

struct StackEffect {
    std::map<std::string, ServiceEffect> services;
    /// Variables that must be set and are not: Docker refuses the deployment, unless its own
    /// environment has them. Here they count as empty.
    std::set<std::string> missing;
};

/// What Docker would run: the main file and those that are laid over it, in order, with the
/// stack's Env. Invalid: files that no Env makes deployable.
Result<StackEffect> effect_of(
    const std::vector<std::shared_ptr<const Compose>>& files,
    const std::map<std::string, std::string>& env);

/// The environment alone, of one service.
Result<std::map<std::string, std::string>> environment_of(
    const std::vector<std::shared_ptr<const Compose>>& files,
    const std::string& service,
    const std::map<std::string, std::string>& env);

}  // namespace wavegate::formats
