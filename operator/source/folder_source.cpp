#include "operator/source/folder_source.hpp"

#include "operator/base/digest.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <system_error>
#include <utility>

namespace wavegate::source {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdDigits = 40;

struct Stamp {
    std::uintmax_t bytes = 0;
    fs::file_time_type written;
    friend bool operator==(const Stamp&, const Stamp&) = default;
};

using Listing = std::map<std::string, Stamp>;

bool is_inside(const fs::path& root, const fs::path& path) {
    return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

Error unreadable(const std::string& path) {
    return {ErrorKind::Unavailable, path + ": can't be read"};
}

class Reader {
  public:
    Reader(fs::path root, Limits limits) : root_(std::move(root)), limits_(limits) {}

    Result<Revision> read() {
        auto before = list();
        if (!before) {
            return before.take_error();
        }
        Revision revision;
        std::string digested;
        for (const auto& [path, stamp] : *before) {
            auto text = content(path, stamp.bytes);
            if (!text) {
                return text.take_error();
            }
            digested += sha256_hex(path) + sha256_hex(*text);
            revision.files.emplace(path, std::move(*text));
        }
        auto after = list();
        if (!after) {
            return after.take_error();
        }
        if (*before != *after) {
            return Error(ErrorKind::Conflict, "files changed while they were read");
        }
        revision.id = short_hash(digested, kIdDigits);
        return revision;
    }

  private:
    Result<Listing> list() const;
    /// A file's stamp after all links; Invalid when they lead out of the folder.
    Result<Stamp> stamp(const std::string& path) const;
    Result<std::string> content(const std::string& path, std::uintmax_t bytes) const;
    Result<bool> stays_inside(const std::string& path) const;

    fs::path root_;
    Limits limits_;
};

Result<bool> Reader::stays_inside(const std::string& path) const {
    std::error_code error;
    const auto real = fs::canonical(root_ / path, error);
    if (error) {
        return unreadable(path);
    }
    if (!is_inside(root_, real)) {
        return Error(ErrorKind::Invalid, path + ": the symbolic link leads out of the folder");
    }
    return true;
}

Result<Stamp> Reader::stamp(const std::string& path) const {
    if (auto inside = stays_inside(path); !inside) {
        return inside.take_error();
    }
    std::error_code error;
    Stamp stamp;
    if (!fs::is_regular_file(root_ / path, error)) {
        return Error(ErrorKind::Invalid, path + ": not a regular file");
    }
    stamp.bytes = fs::file_size(root_ / path, error);
    if (!error) {
        stamp.written = fs::last_write_time(root_ / path, error);
    }
    if (error) {
        return unreadable(path);
    }
    return stamp;
}

Result<Listing> Reader::list() const {
    Listing found;
    Allowance allowance(limits_);
    std::error_code error;
    fs::recursive_directory_iterator at(root_, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        const auto path = at->path().lexically_relative(root_).generic_string();
        if (is_hidden(path)) {
            at.disable_recursion_pending();
            continue;
        }
        std::error_code ignored;
        if (at->is_directory(ignored) || !is_desired_file(path)) {
            continue;
        }
        auto seen = stamp(path);
        if (!seen) {
            return seen.take_error();
        }
        if (auto taken = allowance.take(path, seen->bytes); !taken) {
            return taken.take_error();
        }
        found.emplace(path, *seen);
    }
    if (error) {
        return Error(ErrorKind::Unavailable, "the folder can't be listed");
    }
    return found;
}

Result<std::string> Reader::content(const std::string& path, std::uintmax_t bytes) const {
    std::string text(bytes, '\0');
    std::ifstream file(root_ / path, std::ios::binary);
    if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) {
        return unreadable(path);
    }
    return text;
}

Result<Revision> read_folder(const std::string& folder, Limits limits, const std::string& last) {
    std::error_code error;
    const auto root = fs::canonical(folder, error);
    if (error || !fs::is_directory(root, error)) {
        return Error(ErrorKind::NotFound, "no such folder");
    }
    auto revision = Reader(root, limits).read();
    if (!revision) {
        return revision;
    }
    if (auto some = require_files(*revision); !some) {
        return some.take_error();
    }
    if (!last.empty()) {
        revision->ancestry = revision->id == last ? Ancestry::Same : Ancestry::Descends;
    }
    return revision;
}

}  // namespace

FolderSource::FolderSource(std::string folder, Blocking& blocking, Limits limits)
    : folder_(std::move(folder)), blocking_(blocking), limits_(limits) {}

Task<Revision> FolderSource::fetch(std::string last) {
    std::function<Result<Revision>()> work =
        [folder = folder_, limits = limits_, last = std::move(last)] {
            return read_folder(folder, limits, last);
        };
    auto revision = co_await run_blocking(blocking_, std::move(work));
    if (!revision) {
        co_return revision.take_error().in("folder");
    }
    co_return std::move(*revision);
}

}  // namespace wavegate::source
