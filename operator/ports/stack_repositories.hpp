#pragma once

#include "operator/base/task.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

namespace wavegate {

/// The repositories that git stacks are deployed from; there with `stackRepo` alone.
class StackRepositories {
  public:
    virtual ~StackRepositories() = default;
    /// The head of the branch that a stack's reference names, with the stack's file. Invalid: no
    /// branch, an address that is not spoken, or no plain file of a bearable size at config_path.
    /// NotFound: no such branch or file. Denied, Unavailable, Timeout.
    virtual Task<BranchHead> head(GitSource git) = 0;

    /// Makes a StackWrite's commit on top of its parent and pushes that one commit. What comes back
    /// is the leave for the rest, the redeploy. Conflict: the branch has moved on.
    /// Denied: the server refuses the push. Nothing was pushed after either; effect Maybe on every
    /// other error: look at the head before anything else.
    virtual Task<Permit> push(Permit permit) = 0;
};

}  // namespace wavegate
