#include "operator/program/atomic_file.hpp"

#include "operator/base/file_error.hpp"
#include "operator/base/secret.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

// open and openat have no other form.
// NOLINTBEGIN(cppcoreguidelines-pro-type-vararg)
namespace wavegate::program {
namespace {

constexpr std::size_t kLargestFileBeside = std::size_t{64} << 20U;
constexpr mode_t kNewFolder = 0777;  // less what the process takes away
constexpr mode_t kNewFile = 0666;

/// Closed with this.
class Descriptor {
  public:
    explicit Descriptor(int file) : file_(file) {}
    ~Descriptor() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    [[nodiscard]] int get() const { return file_; }

  private:
    int file_;
};

Error unwritable(std::string_view path, int number) {
    return {
        ErrorKind::Invalid,
        fmt::format("{}: can't be written: {}", path, std::generic_category().message(number))};
}

Error is_link(std::string_view path) {
    return {ErrorKind::Invalid, fmt::format("{}: is a link, which is not followed", path)};
}

Result<std::string> read_text_of(int file, std::size_t size, const std::string& path) {
    std::string text(size + 1, '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const auto got = ::read(file, text.data() + have, text.size() - have);
        if (got < 0 && errno != EINTR) {
            const int number = errno;
            wipe(text);
            return unreadable(path, number);
        }
        if (got == 0) {
            break;
        }
        have += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    if (have > size) {
        wipe(text);
        return Error(ErrorKind::Conflict, path + ": was written to just now; try again");
    }
    text.resize(have);
    return text;
}

/// errno, or 0.
int write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto put = ::write(file, text.data(), text.size());
        if (put < 0 && errno != EINTR) {
            return errno;
        }
        text.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
    }
    return ::fsync(file) == 0 ? 0 : errno;
}

/// Gives a file the mode, and the owner that the one of that name has: root may write for others.
int dress(int folder, const std::string& name, int file, mode_t mode) {
    struct stat before {};
    if (::fstatat(folder, name.c_str(), &before, AT_SYMLINK_NOFOLLOW) == 0 &&
        before.st_uid != ::geteuid() && ::fchown(file, before.st_uid, before.st_gid) != 0) {
        return errno;
    }
    return ::fchmod(file, mode) == 0 ? 0 : errno;
}

}  // namespace

FolderHandle::FolderHandle(FolderHandle&& other) noexcept
    : file_(std::exchange(other.file_, -1)), path_(std::move(other.path_)) {}

FolderHandle::~FolderHandle() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

Result<FolderHandle> FolderHandle::open(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return unreadable(path, errno);
    }
    return FolderHandle(file, path);
}

Result<FolderHandle> FolderHandle::below(const std::string& name, bool make) const {
    if (make && ::mkdirat(file_, name.c_str(), kNewFolder) != 0 && errno != EEXIST) {
        return unwritable(full(name), errno);
    }
    const int file = ::openat(file_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (file >= 0) {
        return FolderHandle(file, full(name));
    }
    if (errno == ENOENT) {
        return Error(ErrorKind::NotFound, full(name) + ": not there");
    }
    return errno == ELOOP || errno == ENOTDIR
               ? Error(ErrorKind::Invalid, full(name) + ": is a link or no folder")
               : unreadable(full(name), errno);
}

Result<std::optional<FolderHandle::Content>> FolderHandle::read(const std::string& name) const {
    const Descriptor file(
        ::openat(file_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0) {
        const int number = errno;
        if (number == ENOENT) {
            return std::optional<Content>();
        }
        return number == ELOOP ? is_link(full(name)) : unreadable(full(name), number);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return Error(ErrorKind::Invalid, full(name) + ": is no plain file");
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > kLargestFileBeside) {
        return Error(ErrorKind::Invalid, full(name) + ": is larger than 64 MiB");
    }
    auto text = read_text_of(file.get(), size, full(name));
    if (!text) {
        return text.take_error();
    }
    return std::optional<Content>({std::move(*text), status.st_mode & mode_t{07777}});
}

Result<void> FolderHandle::replace(
    const std::string& name,
    std::string_view text,
    std::optional<mode_t> mode) const {
    // A dot before it: no glob of a reader matches it.
    const auto aside = fmt::format(".{}.{}.new", name, ::getpid());
    int failed = 0;
    {
        // Never wider than it will be, from its first moment on.
        const Descriptor file(::openat(
            file_,
            aside.c_str(),
            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
            mode ? *mode & 0600U : kNewFile));
        if (file.get() < 0) {
            return unwritable(full(aside), errno);
        }
        failed = write_all(file.get(), text);
        if (failed == 0 && mode) {
            failed = dress(file_, name, file.get(), *mode);
        }
    }
    if (failed == 0 && ::renameat(file_, aside.c_str(), file_, name.c_str()) != 0) {
        failed = errno;
    }
    if (failed != 0) {
        ::unlinkat(file_, aside.c_str(), 0);
        return unwritable(full(name), failed);
    }
    // The name itself: else a power cut brings the old one back.
    return ::fsync(file_) == 0 || errno == EINVAL ? Result<void>() : unwritable(path_, errno);
}

}  // namespace wavegate::program
// NOLINTEND(cppcoreguidelines-pro-type-vararg)
