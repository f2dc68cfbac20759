#pragma once

#include "operator/sandbox/portainer/git_repository.hpp"

#include <memory>
#include <string>

namespace wavegate::sandbox {

/// A bare repository at a file:// address, made where it is missing: the sandbox's git stacks are
/// deployed from such, and whoever likes may push there.
std::unique_ptr<GitDisk> make_bare_repository(const std::string& url);

}  // namespace wavegate::sandbox
