#pragma once

#include "operator/base/task.hpp"
#include "operator/model/revision.hpp"

#include <string>

namespace wavegate {

/// Where the desired state comes from: a branch of a git repository, or a plain folder.
class Source {
  public:
    virtual ~Source() = default;
    /// The newest revision, and how it relates to `last` (empty: nothing was in force yet).
    /// Unavailable, Timeout: not reachable. Denied: credentials. NotFound: no such branch or
    /// path. Invalid: over a size limit, or an entry that may not be read (symlink out of it).
    /// A source that fails is an error, never an empty revision.
    virtual Task<Revision> fetch(std::string last) = 0;
};

}  // namespace wavegate
