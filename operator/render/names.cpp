#include "operator/render/names.hpp"

#include <algorithm>
#include <cstddef>

namespace wavegate::render {
namespace {

constexpr std::size_t kLongestComponent = 128;
constexpr std::size_t kLongestPrefix = 255;

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_alphanumeric(char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

/// `ends` at both ends, those or `between` amid, and no `..`.
template <class Ends>
bool is_made_of(std::string_view text, std::size_t longest, Ends ends, std::string_view between) {
    return !text.empty() && text.size() <= longest && ends(text.front()) && ends(text.back()) &&
           text.find("..") == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
               return ends(c) || between.find(c) != std::string_view::npos;
           });
}

}  // namespace

bool is_component(std::string_view text) {
    return is_made_of(text, kLongestComponent, is_lower_or_digit, "._-");
}

bool is_placement(std::string_view text) {
    return is_made_of(text, kLongestComponent, is_alphanumeric, "._-");
}

bool is_image_prefix(std::string_view text) {
    return is_made_of(text, kLongestPrefix, is_alphanumeric, "._:/-");
}

bool is_image_tag(std::string_view text) {
    const auto word = [](char c) { return is_alphanumeric(c) || c == '_'; };
    return !text.empty() && text.size() <= kLongestComponent && word(text.front()) &&
           text.find("..") == std::string_view::npos &&
           std::ranges::all_of(text, [&](char c) { return word(c) || c == '.' || c == '-'; });
}

bool is_memory(std::string_view text) {
    constexpr std::size_t most_digits = 9;
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return digits > 0 && digits <= most_digits && text.front() != '0' &&
           text.size() - digits == 1 &&
           std::string_view("KMGkmg").find(text.back()) != std::string_view::npos;
}

bool is_file_name(std::string_view text) {
    return !text.empty() && text.size() <= kLongestComponent && text != "." && text != ".." &&
           std::ranges::all_of(
               text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_plain_path(std::string_view text) {
    if (!text.starts_with('/')) {
        return false;
    }
    for (text.remove_prefix(1); true;) {
        const auto slash = text.find('/');
        if (!is_file_name(text.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(slash + 1);
    }
}

}  // namespace wavegate::render
