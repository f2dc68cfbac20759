#include "operator/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace wavegate {
namespace {

/// Distances by insertions, deletions, replacements and swaps of neighbours.
class EditDistance {
  public:
    /// What makes `b` of `a`, when that is below `limit`; else `limit`.
    std::size_t operator()(std::string_view a, std::string_view b, std::size_t limit) {
        const auto longer = std::max(a.size(), b.size());
        if (longer - std::min(a.size(), b.size()) >= limit) {
            return limit;
        }
        for (auto* row : {&before_last_, &last_, &row_}) {
            row->assign(b.size() + 1, 0);
        }
        std::iota(row_.begin(), row_.end(), std::size_t{0});
        for (std::size_t i = 1; i <= a.size(); ++i) {
            before_last_.swap(last_);
            last_.swap(row_);
            if (next_row(a, b, i) >= limit) {
                return limit;  // it only grows
            }
        }
        return std::min(row_.back(), limit);
    }

  private:
    /// The least of the row, and of the one before, which a swap goes back to.
    std::size_t next_row(std::string_view a, std::string_view b, std::size_t i) {
        row_[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = last_[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row_[j] = std::min({replace, last_[j] + 1, row_[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) {
                row_[j] = std::min(row_[j], before_last_[j - 2] + 1);
            }
        }
        return std::min(
            *std::min_element(row_.begin(), row_.end()),
            *std::min_element(last_.begin(), last_.end()));
    }

    std::vector<std::size_t> before_last_;
    std::vector<std::size_t> last_;
    std::vector<std::size_t> row_;
};

/// Length of the sequence that starts with `lead`, and the smallest code point it may encode.
struct Sequence {
    std::size_t length;
    char32_t smallest;
    char32_t bits;
};

Sequence sequence_of(unsigned char lead) {
    if (lead < 0x80) {
        return {1, 0, lead};
    }
    if (lead >= 0xC2 && lead < 0xE0) {
        return {2, 0x80, static_cast<char32_t>(lead & 0x1FU)};
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        return {3, 0x800, static_cast<char32_t>(lead & 0x0FU)};
    }
    if (lead >= 0xF0 && lead < 0xF5) {
        return {4, 0x10000, static_cast<char32_t>(lead & 0x07U)};
    }
    return {0, 0, 0};
}

struct Sign {
    char32_t point = 0;
    std::size_t length = 0;  ///< 0: no UTF-8
};

/// The first code point of a text that is not empty.
Sign first_sign(std::string_view text) {
    const auto [length, smallest, bits] = sequence_of(static_cast<unsigned char>(text.front()));
    if (length == 0 || length > text.size()) {
        return {};
    }
    char32_t point = bits;
    for (std::size_t k = 1; k < length; ++k) {
        const auto byte = static_cast<unsigned char>(text[k]);
        if ((byte & 0xC0U) != 0x80) {
            return {};
        }
        point = (point << 6U) | (byte & 0x3FU);
    }
    if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
        return {};
    }
    return {point, length};
}

/// What moves a terminal's cursor, begins a line, or turns the order of what is shown.
bool is_unseen(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

std::string escape_of(char32_t point) {
    switch (point) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return point < 0x100 ? fmt::format("\\x{:02x}", static_cast<unsigned>(point))
                                 : fmt::format("\\u{:04x}", static_cast<unsigned>(point));
    }
}

bool is_quote(char c) {
    return c == '"' || c == '`';
}

/// A password or token (letters and digits mixed, or long), an address, `KEY=value`.
bool may_be_secret(std::string_view word) {
    constexpr std::size_t shortest = 6;
    constexpr std::size_t longest = 64;
    const auto has = [&](auto is) {
        return std::any_of(word.begin(), word.end(), [&](unsigned char c) { return is(c) != 0; });
    };
    const bool mixed =
        has([](int c) { return std::isdigit(c); }) && has([](int c) { return std::isalpha(c); });
    return word.size() > longest || (word.size() >= shortest && mixed) ||
           word.find("://") != std::string_view::npos ||
           word.find_first_of("=@") != std::string_view::npos;
}

/// At most so many bytes, and no sign in halves.
std::string cut(std::string text, std::size_t most) {
    auto end = std::min(text.size(), most);
    while (end > 0 && end < text.size() &&
           (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
        --end;
    }
    text.resize(end);
    return text;
}

bool is_unreserved(unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto sign = first_sign(text);
        if (sign.length == 0) {
            return false;
        }
        text.remove_prefix(sign.length);
    }
    return true;
}

std::string one_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto sign = first_sign(text);
        const auto length = std::max<std::size_t>(sign.length, 1);
        if (sign.length == 0) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        } else if (is_unseen(sign.point)) {
            out += escape_of(sign.point);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string their_words(std::string_view said) {
    constexpr std::size_t longest = 200;
    std::string out;
    bool quoted = false;
    while (!said.empty() && out.size() < longest) {
        const auto end = std::min(said.find_first_of(" \t\r\n"), said.size());
        const auto word = said.substr(0, end);
        said.remove_prefix(std::min(end + 1, said.size()));
        if (word.empty()) {
            continue;
        }
        const auto quotes = std::count_if(word.begin(), word.end(), is_quote);
        const bool hidden = quoted || quotes > 0 || may_be_secret(word);
        quoted = quoted != (quotes % 2 != 0);
        const std::string shown = hidden ? "…" : one_line(word);
        if (!hidden || !out.ends_with(shown)) {
            out += (out.empty() ? "" : " ") + shown;
        }
    }
    return out.size() < longest && said.empty() ? out : cut(std::move(out), longest) + "…";
}

std::optional<std::string> nearest(
    std::string_view wrong,
    std::span<const std::string> candidates) {
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(1, wrong.size() / 3) + 1;
    EditDistance edit_distance;
    for (const auto& candidate : candidates) {
        const std::size_t distance = edit_distance(wrong, candidate, best_distance);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string_view url_authority(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return {};
    }
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    const auto user = url.rfind('@');
    return user == std::string_view::npos ? url : url.substr(user + 1);
}

std::string_view url_target(std::string_view url) {
    const auto scheme = url.find("://");
    const auto path = url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
    return path == std::string_view::npos || url[path] != '/' ? "/" : url.substr(path);
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(byte)) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
    return out;
}

bool percent_decode(std::string_view text, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
            return false;
        }
        out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
        i += 2;
    }
    return true;
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return out;
}

bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && to_lower(a) == to_lower(b);
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace wavegate
