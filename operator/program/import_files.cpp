#include "operator/program/import_files.hpp"

#include "operator/program/atomic_file.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;

Error failed_at(const std::string& path, const std::error_code& failed) {
    return {ErrorKind::Invalid, path + ": " + failed.message()};
}

/// Hidden names (a repository's own) are no desired state.
Result<bool> holds_files(const std::string& folder) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        if (!at->path().filename().string().starts_with(".")) {
            return true;
        }
    }
    return failed ? Result<bool>(failed_at(folder, failed)) : Result<bool>(false);
}

/// A folder of its own below `parent`, that nobody else reads.
Result<std::string> make_staging(const std::string& parent) {
    auto pattern = parent + "/.wavegate-import.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        return Error(
            ErrorKind::Invalid,
            fmt::format(
                "{}: can't be written: {}", parent, std::generic_category().message(errno)));
    }
    return pattern;
}

}  // namespace

Result<StagedFiles> StagedFiles::stage(
    const std::string& folder,
    const std::map<std::string, std::string>& files,
    bool force) {
    std::error_code failed;
    const auto whole = fs::absolute(folder, failed).lexically_normal();
    auto place = whole.has_filename() ? whole : whole.parent_path();
    const bool there = fs::exists(place, failed);
    if (there && !fs::is_directory(place, failed)) {
        return Error(ErrorKind::Invalid, folder + ": is no folder");
    }
    if (there && !force) {
        const auto full = holds_files(place.string());
        if (!full) {
            return full.error();
        }
        if (*full) {
            return Error(
                ErrorKind::Conflict,
                folder +
                    ": is not empty, nothing was written; name another folder, or --force to "
                    "replace files of the same names");
        }
    }
    auto staging = make_staging((there ? place : place.parent_path()).string());
    if (!staging) {
        return staging.take_error();
    }
    StagedFiles staged(place.string(), std::move(*staging));
    auto handle = FolderHandle::open(staged.staging_);
    if (!handle) {
        return handle.take_error();
    }
    for (const auto& [name, text] : files) {
        if (auto written = handle->replace(name, text, std::nullopt); !written) {
            return written.take_error();
        }
    }
    return staged;
}

StagedFiles::~StagedFiles() {
    if (!staging_.empty()) {
        std::error_code ignored;
        fs::remove_all(staging_, ignored);
    }
}

StagedFiles::StagedFiles(StagedFiles&& other) noexcept
    : folder_(std::move(other.folder_)), staging_(std::exchange(other.staging_, {})) {}

Result<void> StagedFiles::place() {
    std::error_code failed;
    if (!fs::exists(folder_, failed)) {
        // As other folders of this process are made, no more its own alone.
        fs::permissions(staging_, fs::perms(0755), failed);
        fs::rename(staging_, folder_, failed);
        if (failed) {
            return failed_at(folder_, failed);
        }
        staging_.clear();
        return {};
    }
    std::vector<fs::path> names;
    for (const auto& entry : fs::directory_iterator(staging_, failed)) {
        names.push_back(entry.path().filename());
    }
    std::vector<fs::path> made;
    for (const auto& name : names) {
        const auto to = fs::path(folder_) / name;
        const bool new_one = !fs::exists(to, failed);
        fs::rename(fs::path(staging_) / name, to, failed);
        if (failed) {
            const auto error = failed_at(to.string(), failed);
            for (const auto& one : made) {
                fs::remove(one, failed);
            }
            return error;
        }
        if (new_one) {
            made.push_back(to);
        }
    }
    return {};
}

}  // namespace wavegate::program
