#include "operator/source/desired_paths.hpp"

#include "operator/base/file_error.hpp"
#include "operator/source/limits.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace wavegate::source {
namespace {

namespace fs = std::filesystem;

Result<void>
add_file(Revision& revision, Allowance& allowance, const fs::path& path, std::string name) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (failed) {
        return unreadable(name, failed.value());
    }
    if (auto taken = allowance.take(name, size); !taken) {
        return taken.take_error();
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file && size > 0) {
        return unreadable(name, errno);
    }
    revision.files[std::move(name)] = std::move(text).str();
    return {};
}

Result<void> add_folder(Revision& revision, Allowance& allowance, const fs::path& folder) {
    std::error_code failed;
    fs::recursive_directory_iterator walk(folder, failed);
    for (const fs::recursive_directory_iterator end; !failed && walk != end;
         walk.increment(failed)) {
        auto name = walk->path().lexically_relative(folder).generic_string();
        if (!walk->is_regular_file() || !is_desired_file(name)) {
            continue;
        }
        if (auto added = add_file(revision, allowance, walk->path(), std::move(name)); !added) {
            return added.take_error();
        }
    }
    if (failed) {
        return unreadable(folder.string(), failed.value());
    }
    return {};
}

}  // namespace

Result<Revision> read_paths(const std::vector<std::string>& paths) {
    Revision revision;
    revision.id = "files";
    Allowance allowance{Limits()};
    for (const auto& path : paths) {
        auto added = fs::is_directory(path) ? add_folder(revision, allowance, path)
                                            : add_file(revision, allowance, path, path);
        if (!added) {
            return added.take_error();
        }
    }
    if (auto some = require_files(revision); !some) {
        return some.take_error();
    }
    return revision;
}

}  // namespace wavegate::source
