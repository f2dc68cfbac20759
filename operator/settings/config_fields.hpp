#pragma once

#include "operator/settings/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::settings {

/// Takes a value; says what is wrong with it, or nothing.
using Take = std::string (*)(Config&, const std::string&);

struct Field {
    const char* name;
    Take take;
    bool path = false;  ///< relative ones of a file are taken from its folder
    bool list = false;  ///< of names; as one text, commas stand between them
};

/// Every field that is one text or a list of names. What has a shape of its own stands beside them.
const std::vector<Field>& config_fields();
/// A list of members alone may stand here too.
inline constexpr const char* kEtcd = "store.etcd";
inline constexpr const char* kEtcdUrls = "store.etcd.urls";
inline constexpr const char* kReferences = "references";
inline constexpr const char* kClients = "clients";
inline constexpr const char* kEnv = "env";
inline constexpr const char* kEnvFiles = "envFiles";
inline constexpr const char* kTokens = "auth.tokens";

/// Null when there is none.
const Field* field_named(const std::string& name);
/// What may stand below `group` ("" or "source.git"), by its own name.
std::vector<std::string> known_below(const std::string& group);
/// "source.git.tokenRef" → "WAVEGATE_SOURCE_GIT_TOKEN_REF"
std::string variable_of(std::string_view field);

}  // namespace wavegate::settings
