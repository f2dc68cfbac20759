#include "operator/program/env_files.hpp"

#include "operator/base/file_error.hpp"
#include "operator/formats/dotenv.hpp"
#include "operator/settings/reference_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;

using Values = std::map<std::string, SecretValue>;

constexpr std::size_t kLargestFile = 1U << 20U;

bool is_below(const fs::path& root, const fs::path& path) {
    const auto [end, ignored] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return end == root.end();
}

Error not_there(const std::string& file, const std::error_code& failed) {
    if (failed == std::errc::no_such_file_or_directory) {
        return {ErrorKind::NotFound, file + ": not there; put it below envRoot"};
    }
    return unreadable(file, failed.value());
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
        return not_there("envRoot", failed);
    }
    auto path = fs::canonical(top / wanted, failed);
    if (failed) {
        return not_there(file, failed);
    }
    if (!is_below(top, path)) {
        return Error(ErrorKind::Invalid, file + ": leaves envRoot by a link");
    }
    return path;
}

/// What operator.yaml would say for one service more.
Error not_for(
    const std::string& service,
    const std::string& file,
    std::string_view whose,
    const std::vector<std::string>& others,
    std::string_view besides) {
    return {
        ErrorKind::Denied,
        fmt::format(
            "{}: {}; to give it to {}, write envFiles: {{ \"{}\": [ {} ] }} into operator.yaml "
            "and restart{}",
            file,
            whose,
            service,
            settings::plain_env_file(file),
            fmt::join(others, ", "),
            besides)};
}

/// Whoever may commit names the file, so it goes to the services alone that operator.yaml names
/// for it, or else to the one that its folder is for.
Result<void> allow(const EnvFileRules& rules, const std::string& service, const std::string& file) {
    if (const auto rule = rules.find(settings::plain_env_file(file)); rule != rules.end()) {
        auto services = rule->second;
        if (std::find(services.begin(), services.end(), service) != services.end()) {
            return {};
        }
        const auto whose =
            fmt::format("operator.yaml gives it to {} alone", fmt::join(services, ", "));
        services.push_back(service);
        return not_for(service, file, whose, services, "");
    }
    const auto folder = fs::path(file).parent_path().filename().string();
    if (folder == service) {
        return {};
    }
    if (folder.empty()) {
        return not_for(service, file, "it lies in no service's folder", {service}, "");
    }
    return not_for(
        service,
        file,
        "it is for " + folder + " alone, its folder's service",
        {service},
        ", with " + folder + " in the list where that needs it too");
}

Result<std::string> read_all_of(int file, const std::string& name) {
    std::string text(kLargestFile + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = ::read(file, text.data() + size, text.size() - size);
        if (got < 0 && errno != EINTR) {
            const int number = errno;
            wipe(text);
            return unreadable(name, number);
        }
        if (got == 0) {
            break;
        }
        size += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    if (size > kLargestFile) {
        wipe(text);
        return Error(ErrorKind::Invalid, name + ": is larger than 1 MiB");
    }
    text.resize(size);
    return text;
}

/// Of a plain file: whatever else lies there (a FIFO, a device) is not waited for.
Result<std::string> read_text(const fs::path& path, const std::string& name) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): its only form
    const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) {
        return unreadable(name, errno);
    }
    struct stat status {};
    Result<std::string> out = std::string();
    if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        out = Error(ErrorKind::Invalid, name + ": is no plain file");
    } else {
        out = read_all_of(file, name);
    }
    ::close(file);
    return out;
}

Result<formats::Dotenv>
read_one(const std::string& root, const EnvFileSpec& spec, const Values& before) {
    auto path = locate(root, spec.file);
    if (!path) {
        return path.take_error();
    }
    auto text = read_text(*path, spec.file);
    if (!text) {
        return text.take_error();
    }
    auto found = formats::parse_dotenv(*text, before);
    wipe(*text);
    if (!found) {
        return found.take_error().in(spec.file);
    }
    return found;
}

bool excludes(const EnvFileSpec& spec, const std::string& key) {
    return std::find(spec.exclude.begin(), spec.exclude.end(), key) != spec.exclude.end();
}

Result<void> merge(ResolvedEnv& merged, const EnvFileSpec& spec, const formats::Dotenv& found) {
    for (const auto& [name, line] : found.misnamed) {
        if (!excludes(spec, name)) {
            return Error(
                ErrorKind::Invalid,
                fmt::format(
                    "{}: line {}: the name is no variable's (letters, digits and _); rename it or "
                    "exclude it",
                    spec.file,
                    line));
        }
    }
    for (const auto& [key, value] : found.values) {
        if (!excludes(spec, key)) {
            merged.values[key] = value;
        }
    }
    for (const auto& note : found.notes) {
        merged.notes.push_back(spec.file + ": " + note);
    }
    return {};
}

Result<ResolvedEnv> read_all(
    const std::string& root,
    const EnvFileRules& rules,
    const std::string& service,
    const std::vector<EnvFileSpec>& files) {
    ResolvedEnv merged;
    Values seen;  // excluded keys too: values may be made of them
    for (const auto& spec : files) {
        if (auto allowed = allow(rules, service, spec.file); !allowed) {
            return allowed.take_error();
        }
        auto found = read_one(root, spec, seen);
        if (!found) {
            return found.take_error();
        }
        if (auto taken = merge(merged, spec, *found); !taken) {
            return taken.take_error();
        }
        for (auto& [key, value] : found->values) {
            seen[key] = std::move(value);
        }
    }
    return merged;
}

}  // namespace

Task<ResolvedEnv> FolderEnvFiles::read(std::string service, std::vector<EnvFileSpec> files) {
    std::function<Result<ResolvedEnv>()> work =
        [root = root_, rules = rules_, whose = std::move(service), wanted = std::move(files)] {
            return read_all(root, rules, whose, wanted);
        };
    co_return co_await run_blocking(blocking_, std::move(work));
}

}  // namespace wavegate::program
