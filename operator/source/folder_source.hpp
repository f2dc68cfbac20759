#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/source.hpp"
#include "operator/source/limits.hpp"

#include <string>

namespace wavegate::source {

/// A plain folder, read anew each time. Its id is a digest of names and contents; it keeps no
/// history, so whatever is new counts as descending from what was.
/// Symbolic links are followed as long as they stay inside (a mounted ConfigMap consists of them).
class FolderSource final : public Source {
  public:
    /// `blocking` must outlive every `fetch`.
    FolderSource(std::string folder, Blocking& blocking, Limits limits = {});

    /// Besides the port's errors, Conflict: files changed while they were read; look again.
    Task<Revision> fetch(std::string last) override;

  private:
    std::string folder_;
    Blocking& blocking_;
    Limits limits_;
};

}  // namespace wavegate::source
