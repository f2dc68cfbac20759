#include "operator/cli/env_files.hpp"

#include "operator/formats/dotenv.hpp"
#include "operator/model/auth_block.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace wavegate::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 1U << 20U;

bool is_below(const fs::path& root, const fs::path& path) {
    const auto [end, ignored] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return end == root.end();
}

/// Where the file really is, every symbolic link followed.
Result<fs::path> locate(const std::string& root, const std::string& file) {
    const fs::path wanted(file);
    const bool climbs = std::find(wanted.begin(), wanted.end(), "..") != wanted.end();
    if (wanted.empty() || wanted.is_absolute() || climbs) {
        return Error(ErrorKind::Invalid, file + ": leaves envRoot");
    }
    if (root.empty()) {
        return Error(ErrorKind::NotFound, file + ": operator.yaml names no envRoot");
    }
    std::error_code failed;
    const auto top = fs::canonical(root, failed);
    if (failed) {
        return Error(ErrorKind::NotFound, "envRoot is not there");
    }
    auto path = fs::canonical(top / wanted, failed);
    if (failed) {
        return Error(ErrorKind::NotFound, file + ": not there");
    }
    if (!is_below(top, path)) {
        return Error(ErrorKind::Invalid, file + ": leaves envRoot");
    }
    return path;
}

Result<std::string> read_text(const fs::path& path, const std::string& name) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (failed || size > kLargestFile) {
        return Error(ErrorKind::Invalid, name + ": no file of at most 1 MiB");
    }
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
        return Error(ErrorKind::Invalid, name + ": can't be read");
    }
    return std::move(text).str();
}

Result<void> read_into(ResolvedEnv& merged, const std::string& root, const EnvFileSpec& spec) {
    auto path = locate(root, spec.file);
    if (!path) {
        return path.take_error();
    }
    auto text = read_text(*path, spec.file);
    if (!text) {
        return text.take_error();
    }
    auto values = formats::parse_dotenv(*text);
    wipe(*text);
    if (!values) {
        return values.take_error().in(spec.file);
    }
    for (auto& [key, value] : *values) {
        const bool excluded =
            std::find(spec.exclude.begin(), spec.exclude.end(), key) != spec.exclude.end();
        if (!excluded && !is_reserved_env(key)) {
            merged.values[key] = std::move(value);
        }
    }
    return {};
}

Result<ResolvedEnv> read_all(const std::string& root, const std::vector<EnvFileSpec>& files) {
    ResolvedEnv merged;
    for (const auto& spec : files) {
        if (auto read = read_into(merged, root, spec); !read) {
            return read.take_error();
        }
    }
    return merged;
}

}  // namespace

Task<ResolvedEnv> FolderEnvFiles::read(std::vector<EnvFileSpec> files) {
    std::function<Result<ResolvedEnv>()> work = [root = root_, wanted = std::move(files)] {
        return read_all(root, wanted);
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

}  // namespace wavegate::cli
