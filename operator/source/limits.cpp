#include "operator/source/limits.hpp"

#include "operator/base/text.hpp"

#include <string>

namespace wavegate::source {

bool is_hidden(std::string_view path) {
    return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

bool is_desired(std::string_view path) {
    return !is_hidden(path) && (path.ends_with(".yaml") || path.ends_with(".yml"));
}

Result<void> Allowance::take(std::string_view path, std::size_t bytes) {
    if (!is_utf8(path)) {
        return Error(ErrorKind::Invalid, "a file's name is not UTF-8");
    }
    const auto refused = [&](const std::string& why) {
        return Error(ErrorKind::Invalid, std::string(path) + ": " + why);
    };
    if (++files_ > limits_.files) {
        return refused("more than " + std::to_string(limits_.files) + " files");
    }
    if (bytes > limits_.file_bytes) {
        return refused("larger than " + std::to_string(limits_.file_bytes) + " bytes");
    }
    bytes_ += bytes;
    if (bytes_ > limits_.total_bytes) {
        return refused(
            "all files together are larger than " + std::to_string(limits_.total_bytes) + " bytes");
    }
    return {};
}

Result<void> require_files(const Revision& revision) {
    if (revision.files.empty()) {
        return Error(ErrorKind::NotFound, "no YAML file below the source's path");
    }
    return {};
}

}  // namespace wavegate::source
