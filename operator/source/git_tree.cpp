#include "operator/source/git_tree.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace wavegate::source {
namespace {

/// Cuts off and returns what stands before `end`; all of `text` when there is none.
std::string_view take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    const auto head = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return head;
}

std::optional<std::size_t> to_size(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

Error unreadable_output() {
    return {ErrorKind::Protocol, "git's output can't be read"};
}

Result<std::vector<Blob>> parse_tree(std::string_view listing, Limits limits) {
    std::vector<Blob> blobs;
    Allowance allowance(limits);
    while (!listing.empty()) {
        // "<mode> <type> <object> <size>\t<path>", the size padded with spaces, "-" if it has none
        auto path = take_until(listing, '\0');
        auto entry = take_until(path, '\t');
        const auto mode = take_until(entry, ' ');
        take_until(entry, ' ');
        const auto object = take_until(entry, ' ');
        if (!is_desired_file(path)) {
            continue;
        }
        // What bears the name of a desired file and is none would be missed in silence.
        if (mode == "120000" || mode == "160000") {
            return Error(
                ErrorKind::Invalid,
                std::string(is_utf8(path) ? path : "?") +
                    ": symbolic links and submodules are not read");
        }
        const auto bytes = to_size(entry);
        if (!bytes) {
            return unreadable_output();
        }
        if (auto taken = allowance.take(path, *bytes); !taken) {
            return taken.take_error();
        }
        blobs.push_back({std::string(path), std::string(object), *bytes});
    }
    return blobs;
}

Result<std::map<std::string, std::string>> parse_contents(
    const std::vector<Blob>& blobs,
    std::string_view output) {
    std::map<std::string, std::string> files;
    for (const auto& blob : blobs) {
        const auto head = take_until(output, '\n');
        if (head != blob.object + " blob " + std::to_string(blob.bytes) ||
            output.size() <= blob.bytes) {
            return unreadable_output();
        }
        files.emplace(blob.path, output.substr(0, blob.bytes));
        output.remove_prefix(blob.bytes + 1);
    }
    return files;
}

}  // namespace wavegate::source
