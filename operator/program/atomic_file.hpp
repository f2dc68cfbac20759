#pragma once

#include "operator/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace wavegate::program {

/// An open folder, closed with this. Names are looked up below it and never through a link, so that
/// nothing leads out of it.
class FolderHandle {
  public:
    /// By any path, links in it followed. Errors name the path.
    static Result<FolderHandle> open(const std::string& path);
    ~FolderHandle();
    FolderHandle(FolderHandle&& other) noexcept;
    FolderHandle& operator=(FolderHandle&&) = delete;
    FolderHandle(const FolderHandle&) = delete;
    FolderHandle& operator=(const FolderHandle&) = delete;

    /// NotFound: it is not there, and `make` is not asked for; Invalid: a link, or no folder.
    Result<FolderHandle> below(const std::string& name, bool make) const;

    struct Content {
        std::string text;
        mode_t mode = 0;
    };
    /// nullopt: nothing is there. Invalid: a link, no plain file, over 64 MiB, unreadable.
    [[nodiscard]] Result<std::optional<Content>> read(const std::string& name) const;
    /// All of it or nothing: written under another name with that mode, synced, renamed; it stays
    /// its owner's. Without a mode it is as the process makes files. What was there is replaced, a
    /// link too.
    Result<void> replace(const std::string& name, std::string_view text, std::optional<mode_t> mode)
        const;

  private:
    FolderHandle(int file, std::string path) : file_(file), path_(std::move(path)) {}
    [[nodiscard]] std::string full(const std::string& name) const { return path_ + "/" + name; }

    int file_ = -1;
    std::string path_;
};

}  // namespace wavegate::program
