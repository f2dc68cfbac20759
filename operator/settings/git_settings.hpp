#pragma once

#include "operator/settings/config.hpp"
#include "operator/source/git_source.hpp"

#include <string>

namespace wavegate::settings {

/// An absolute path, since git runs in a folder of its own; empty for an empty one.
std::string absolute(const std::string& path);

/// How the repository of `source.git` is read, all but the road to it. Plain http is meant where
/// no token goes there, or `references` lists the token for that very origin.
source::GitSettings git_settings(const Config& config);

}  // namespace wavegate::settings
