#include "operator/formats/json_strings.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace wavegate::formats {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6U));
        byte(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12U));
        byte(0x80 | ((code >> 6U) & 0x3FU));
        byte(0x80 | (code & 0x3FU));
    } else {
        byte(0xF0 | (code >> 18U));
        byte(0x80 | ((code >> 12U) & 0x3FU));
        byte(0x80 | ((code >> 6U) & 0x3FU));
        byte(0x80 | (code & 0x3FU));
    }
}

std::uint32_t hex_at(std::string_view text, std::size_t at) {
    std::uint32_t code = 0;
    if (at + 4 <= text.size()) {
        std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
    }
    return code;
}

/// The sign of a `\u` whose digits begin at `at`, which is moved behind them: behind both of a
/// pair.
std::uint32_t code_at(std::string_view text, std::size_t& at) {
    constexpr std::uint32_t unknown = 0xFFFD;
    const auto first = hex_at(text, at);
    at += 4;
    if (first < 0xD800 || first > 0xDFFF) {
        return first;
    }
    const bool pair = first < 0xDC00 && text.substr(at, 2) == "\\u";
    const auto second = pair ? hex_at(text, at + 2) : 0;
    if (second < 0xDC00 || second > 0xDFFF) {
        return unknown;
    }
    at += 6;
    return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
}

char plain_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

}  // namespace

std::string json_string(std::string_view quoted) {
    const auto text = quoted.substr(1, quoted.size() - 2);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '\\') {
            out += text[at++];
        } else if (text[at + 1] == 'u') {
            at += 2;
            append_utf8(out, code_at(text, at));
        } else {
            out += plain_escape(text[at + 1]);
            at += 2;
        }
    }
    return out;
}

std::string quoted_json(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace wavegate::formats
