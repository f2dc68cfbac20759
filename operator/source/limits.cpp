#include "operator/source/limits.hpp"

#include "operator/base/text.hpp"

#include <string>

namespace wavegate::source {

Result<void> Allowance::take(std::string_view path, std::size_t bytes) {
    if (!is_utf8(path)) {
        return Error(ErrorKind::Invalid, "a file's name is not UTF-8");
    }
    const auto refused = [&](const std::string& why) {
        return Error(ErrorKind::Invalid, std::string(path) + ": " + why);
    };
    if (path.size() > limits_.path_bytes) {
        return Error(
            ErrorKind::Invalid,
            "a file's name is longer than " + std::to_string(limits_.path_bytes) + " bytes");
    }
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
