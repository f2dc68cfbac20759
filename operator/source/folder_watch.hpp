#pragma once

#include "operator/base/task.hpp"
#include "operator/ports/blocking.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <set>
#include <string>

namespace wavegate::source {

/// Says when to look at a folder again, by inotify. Only a wake-up: what changed is for the
/// source to find out.
class FolderWatch {
  public:
    /// `blocking` must outlive every `changed`.
    FolderWatch(const asio::any_io_executor& executor, std::string folder, Blocking& blocking);

    /// Ends when something below the folder has changed since the last call; the first call, and
    /// the one after folders were added, ends at once, since it begins to watch them. Not to be
    /// called twice at once.
    /// NotFound: no such folder. Unavailable: the system has no more watches; poll instead.
    /// Cancelled: the caller was.
    Task<void> changed();

  private:
    /// Folders of the tree that were not watched yet.
    Task<int> watch_new_folders();
    bool drain();

    asio::posix::stream_descriptor events_;
    std::string folder_;
    Blocking& blocking_;
    std::set<int> watched_;
};

}  // namespace wavegate::source
