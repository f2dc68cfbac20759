#include "operator/render/mark.hpp"

#include "operator/base/digest.hpp"

#include <utility>

namespace wavegate::render {
namespace {

constexpr std::size_t kDigits = 64;

/// Where the digest of the first mark begins; npos: there is none.
std::size_t digest_at(std::string_view text) {
    const auto mark = text.find(kMark);
    const bool whole =
        mark != std::string_view::npos && text.size() - mark >= kMark.size() + kDigits;
    return whole ? mark + kMark.size() : std::string_view::npos;
}

}  // namespace

std::string blank_mark() {
    return std::string(kMark) + std::string(kDigits, '0');
}

std::string sealed(std::string text) {
    const auto at = digest_at(text);
    if (at != std::string::npos) {
        text.replace(at, kDigits, sha256_hex(text));
    }
    return text;
}

bool is_untouched(std::string_view text) {
    const auto at = digest_at(text);
    if (at == std::string_view::npos) {
        return false;
    }
    std::string blank(text);
    blank.replace(at, kDigits, kDigits, '0');
    return sha256_hex(blank) == text.substr(at, kDigits);
}

}  // namespace wavegate::render
