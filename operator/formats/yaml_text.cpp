#include "operator/formats/yaml_text.hpp"

#include "operator/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::formats {
namespace {

YamlError error_at(std::string_view text, std::size_t offset, std::string message) {
    const auto before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const auto start = before.rfind('\n');
    const auto column = start == std::string_view::npos ? offset : offset - start - 1;
    return {static_cast<int>(line) + 1, static_cast<int>(column) + 1, std::move(message)};
}

/// C0 (but tab and line ends), DEL, and C1 (but NEL): 0x00 and 0x04 mean "end" inside yaml-cpp,
/// the others have no place in YAML.
std::size_t find_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool c0 = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool c1 = c == 0xC2 && next < 0xA0 && next != 0x85;
        if (c0 || c == 0x7F || c1) {
            return i;
        }
    }
    return std::string_view::npos;
}

/// Where the text stops being UTF-8. Lines are good places to split: no sequence holds a \n.
std::size_t find_broken_utf8(std::string_view text) {
    std::size_t line = 0;
    while (line < text.size()) {
        const auto end = std::min(text.find('\n', line), text.size());
        if (!is_utf8(text.substr(line, end - line))) {
            break;
        }
        line = end + 1;
    }
    std::size_t at = line;
    // A sequence has at most four bytes: the first prefix that no completion mends is the place.
    while (at < text.size()) {
        std::size_t length = 1;
        while (length <= 4 && !is_utf8(text.substr(at, length))) {
            ++length;
        }
        if (length > 4) {
            break;
        }
        at += length;
    }
    return at;
}

/// Behind the anchor and the tag that stand before a value.
std::size_t behind_properties(std::string_view text, std::size_t at) {
    constexpr std::string_view blank = " \t\r\n";
    constexpr std::string_view end = " \t\r\n,[]{}";  // near in any text
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
        at = std::min(text.find_first_of(end, at), text.size());
        at = std::min(text.find_first_not_of(blank, at), text.size());
        while (at < text.size() && text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
            at = std::min(text.find_first_not_of(blank, at), text.size());
        }
    }
    return at;
}

/// The quote that ends the text which begins at `at`; npos: none does.
std::size_t closing_quote(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
            if (!doubled) {
                return at;
            }
            ++at;
        }
    }
    return std::string_view::npos;
}

}  // namespace

std::optional<YamlError> refuse_bytes(std::string_view text, const YamlLimits& limits) {
    if (text.size() > limits.bytes) {
        return YamlError{
            0, 0, fmt::format("{} bytes, at most {} are read", text.size(), limits.bytes)};
    }
    if (!is_utf8(text)) {
        return error_at(text, find_broken_utf8(text), "not UTF-8; save the file as UTF-8");
    }
    if (const auto at = find_control(text); at != std::string_view::npos) {
        return error_at(text, at, "a control character; remove it");
    }
    return std::nullopt;
}

std::optional<std::string>
quote_fault(std::string_view text, std::size_t at, std::size_t indentation, YamlOrigin origin) {
    at = behind_properties(text, at);
    if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) {
        return std::nullopt;
    }
    const auto end = closing_quote(text, at);
    if (end == std::string_view::npos) {
        return "a quote that is not closed; close it";
    }
    const auto quoted = text.substr(at, end - at);
    for (auto line = quoted.find('\n');
         line != std::string_view::npos && origin == YamlOrigin::Ours;
         line = quoted.find('\n', line + 1)) {
        const auto sign = quoted.find_first_not_of(" \t", line + 1);
        const bool blank =
            sign == std::string_view::npos || quoted[sign] == '\n' || quoted[sign] == '\r';
        if (!blank && sign - line - 1 < indentation) {
            return "a quote that is not closed in its line; close it, or indent the lines after it";
        }
    }
    return std::nullopt;
}

}  // namespace wavegate::formats
