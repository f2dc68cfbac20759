#include "operator/formats/compose_text.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/byte_order_mark.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wavegate::formats {
namespace {

constexpr std::string_view kNextLine = "\xC2\x85";
constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";
constexpr std::string_view kParagraphSeparator = "\xE2\x80\xA9";
constexpr auto kNone = std::string_view::npos;

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Words that some YAML version takes for a boolean or null.
bool is_reserved_word(std::string_view text) {
    constexpr std::array<std::string_view, 9> words{
        "true", "false", "yes", "no", "on", "off", "y", "n", "null"};
    return std::ranges::any_of(words, [&](std::string_view word) { return iequals(word, text); });
}

/// Far stricter than YAML: what every parser reads as this very text.
bool is_plain(std::string_view text, bool flow) {
    constexpr std::string_view inside = "_./:=@%+-$";
    if (text.empty() || text.back() == ':' || is_reserved_word(text)) {
        return false;
    }
    if (!is_letter(text.front()) && std::string_view("_/$").find(text.front()) == kNone) {
        return false;
    }
    return std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || inside.find(c) != kNone ||
               (!flow && (c == '{' || c == '}' || c == '?'));
    });
}

/// The C1 controls are 0xC2 0x80 to 0xC2 0x9F.
bool holds_c1(std::string_view text) {
    const auto second = [](char a, char b) {
        return a == '\xC2' && static_cast<unsigned char>(b) < 0xA0;
    };
    return std::ranges::adjacent_find(text, second) != text.end();
}

std::string in_single_quotes(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        out += c;
        if (c == '\'') {
            out += c;
        }
    }
    return out + '\'';
}

std::string in_double_quotes(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else {
            if (c == '"' || c == '\\') {
                out += '\\';
            }
            out += c;
        }
    }
    return out + '"';
}

std::optional<Span> span_if(std::string_view text, std::size_t begin, std::string_view raw) {
    if (raw.find('\n') != kNone || text.substr(begin, raw.size()) != raw) {
        return std::nullopt;
    }
    return Span{begin, begin + raw.size()};
}

std::optional<Span> double_quoted_span(std::string_view text, std::size_t begin) {
    for (auto at = begin + 1; at < text.size() && text[at] != '\n'; ++at) {
        if (text[at] == '"') {
            return Span{begin, at + 1};
        }
        if (text[at] == '\\') {
            ++at;
            if (at < text.size() && (text[at] == '\n' || text[at] == '\r')) {
                return std::nullopt;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

Error invalid_at(int line, std::string_view what) {
    return {ErrorKind::Invalid, fmt::format("line {}: {}", line, what)};
}

std::optional<Span> span_of(std::string_view text, const YamlNode& scalar) {
    if (!scalar.is_scalar() || !is_clean(scalar) || scalar.offset >= text.size()) {
        return std::nullopt;
    }
    switch (quotes_at(text, scalar.offset)) {
        case Quotes::Single:
            return span_if(text, scalar.offset, in_single_quotes(scalar.text));
        case Quotes::Double:
            return double_quoted_span(text, scalar.offset);
        case Quotes::None:
            break;
    }
    return scalar.quoted ? std::nullopt : span_if(text, scalar.offset, scalar.text);
}

bool is_clean(const YamlNode& node) {
    return !node.alias && !node.anchored && !node.tagged;
}

std::optional<EntryPlace>
place_of_pair(std::string_view text, const YamlNode& key, const YamlNode& value) {
    const auto name = span_of(text, key);
    const auto colon = name ? skip_blanks(text, name->end) : text.size();
    if (colon >= text.size() || text[colon] != ':' || !is_clean(value)) {
        return std::nullopt;
    }
    EntryPlace place{{name->begin, colon + 1}, {colon + 1, colon + 1}};
    const auto start = skip_blanks(text, colon + 1);
    if (value.is_null()) {
        const char next = start < text.size() ? text[start] : '\n';
        const bool left_out =
            std::string_view("\r\n,}").find(next) != kNone || (next == '#' && start > colon + 1);
        return left_out ? std::optional(place) : std::nullopt;
    }
    const auto span = span_of(text, value);
    if (!span || span->begin != start) {
        return std::nullopt;
    }
    place.value = *span;
    place.all.end = span->end;
    return place;
}

Quotes quotes_at(std::string_view text, std::size_t offset) {
    const char c = offset < text.size() ? text[offset] : ' ';
    if (c == '"') {
        return Quotes::Double;
    }
    return c == '\'' ? Quotes::Single : Quotes::None;
}

std::string write_scalar(std::string_view value, Quotes wish, bool flow) {
    const bool one_line = value.find_first_of("\n\t") == kNone;
    if (wish == Quotes::None && is_plain(value, flow)) {
        return std::string(value);
    }
    if (wish == Quotes::Single && one_line) {
        return in_single_quotes(value);
    }
    return in_double_quotes(value);
}

bool is_writable(std::string_view value) {
    const bool control = std::ranges::any_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
    });
    return !control && is_utf8(value) && !holds_c1(value) && find_odd_line_end(value) == kNone &&
           value.find(kByteOrderMark) == kNone;
}

std::size_t find_odd_line_end(std::string_view text) {
    for (auto cr = text.find('\r'); cr != kNone; cr = text.find('\r', cr + 1)) {
        if (text.substr(cr, 2) != "\r\n") {
            return cr;
        }
    }
    return std::min(
        {text.find(kNextLine), text.find(kLineSeparator), text.find(kParagraphSeparator)});
}

Line line_at(std::string_view text, std::size_t offset) {
    const auto before = offset == 0 ? kNone : text.rfind('\n', offset - 1);
    const auto newline = text.find('\n', offset);
    Line line;
    line.text.begin = before == kNone ? 0 : before + 1;
    line.text.end = newline == kNone ? text.size() : newline;
    line.next = newline == kNone ? text.size() : newline + 1;
    if (line.text.end > line.text.begin && text[line.text.end - 1] == '\r') {
        --line.text.end;
    }
    return line;
}

std::string_view line_end(std::string_view text, const Line& line) {
    const Line model = line.next > line.text.end ? line : line_at(text, 0);
    return text.substr(model.text.end, 2) == "\r\n" ? "\r\n" : "\n";
}

bool is_tail(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    return first == kNone || (first > 0 && text[first] == '#');
}

std::size_t skip_blanks(std::string_view text, std::size_t from) {
    return std::min(text.find_first_not_of(' ', from), text.size());
}

bool is_json(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || text[first] != '{') {
        return false;
    }
    boost::json::error_code error;
    boost::json::parse(text, error);
    return !error;
}

}  // namespace wavegate::formats
