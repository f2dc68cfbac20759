#pragma once

#include "operator/base/result.hpp"
#include "operator/source/git_command.hpp"

#include <functional>
#include <string>
#include <vector>

namespace wavegate::source {

/// Runs git on a private repository, with all that the remote asks for.
using RunGit = std::function<Result<Finished>(std::vector<std::string> arguments)>;

struct RemoteHead {
    std::string commit;
    std::string branch;
};

/// The head of a branch, or of the default one (empty), without fetching it. NotFound: no such
/// branch; Invalid: the files that ssh needs are not fit; else as remote_error.
Result<RemoteHead> remote_head(const RunGit& git, const Remote& remote, const std::string& branch);

/// Fetches the newest `depth` commits of the branch as kHead.
Result<void>
fetch_branch(const RunGit& git, const Remote& remote, const std::string& branch, int depth);

}  // namespace wavegate::source
