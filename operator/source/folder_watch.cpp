#include "operator/source/folder_watch.hpp"

#include "operator/source/limits.hpp"

#include <boost/asio/as_tuple.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace wavegate::source {
namespace {

namespace fs = std::filesystem;

// Renames count because editors, git and mounted ConfigMaps replace files by them.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

std::vector<std::string> folders_below(const std::string& root) {
    std::vector<std::string> found{root};
    std::error_code error;
    fs::recursive_directory_iterator at(root, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        std::error_code ignored;
        if (!at->is_directory(ignored) || at->is_symlink(ignored)) {
            continue;
        }
        if (is_hidden(at->path().filename().string())) {
            at.disable_recursion_pending();
            continue;
        }
        found.push_back(at->path().string());
    }
    return found;
}

}  // namespace

FolderWatch::FolderWatch(
    const asio::any_io_executor& executor,
    std::string folder,
    Blocking& blocking)
    : events_(executor), folder_(std::move(folder)), blocking_(blocking) {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd >= 0) {
        events_.assign(fd);
    }
}

Task<void> FolderWatch::changed() {
    if (!events_.is_open()) {
        co_return Error(ErrorKind::Unavailable, "folder: no inotify");
    }
    auto added = co_await watch_new_folders();
    if (!added) {
        co_return added.take_error().in("folder");
    }
    while (!drain() && *added == 0) {
        auto waited = events_.async_wait(
            asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
        const auto [error] = co_await std::move(waited);
        if (error) {
            co_return Error(ErrorKind::Cancelled, "folder: the wait was cancelled");
        }
    }
    co_return Result<void>();
}

Task<int> FolderWatch::watch_new_folders() {
    std::function<std::vector<std::string>()> list = [root = folder_] {
        return folders_below(root);
    };
    const auto folders = co_await run_blocking(blocking_, std::move(list));
    int added = 0;
    for (const auto& folder : folders) {
        const int watch = ::inotify_add_watch(events_.native_handle(), folder.c_str(), kEvents);
        if (watch < 0 && folder == folder_) {
            co_return Error(ErrorKind::NotFound, "no such folder");
        }
        if (watch < 0 && errno == ENOSPC) {
            co_return Error(ErrorKind::Unavailable, "the system has no more watches");
        }
        if (watch >= 0 && watched_.insert(watch).second) {
            ++added;
        }
    }
    co_return added;
}

/// Reads away what is queued. True: something of it matters.
bool FolderWatch::drain() {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    bool any = false;
    for (;;) {
        const auto got = ::read(events_.native_handle(), buffer.data(), buffer.size());
        if (got <= 0) {
            return any;
        }
        for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            at += sizeof event + event.len;
            if ((event.mask & IN_IGNORED) != 0) {
                watched_.erase(event.wd);  // the folder is gone; its number may come again
            } else {
                any = true;
            }
        }
    }
}

}  // namespace wavegate::source
