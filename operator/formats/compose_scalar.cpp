#include "operator/formats/compose_scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace wavegate::formats {
namespace {

using Kind = ComposeScalar::Kind;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

/// Takes the digits at the front off `rest`.
std::string_view take_digits(std::string_view& rest) {
    const auto size = static_cast<std::size_t>(
        std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
    const auto digits = rest.substr(0, size);
    rest.remove_prefix(size);
    return digits;
}

template <class Number>
std::optional<Number> parse_whole(std::string_view digits, int base) {
    Number value{};
    const auto* end = digits.data() + digits.size();
    const auto [at, code] = std::from_chars(digits.data(), end, value, base);
    return code == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

/// The base that a prefix names, which is taken off: 0x, 0o, 0b, or a mere 0.
int take_base(std::string_view& digits) {
    if (digits.size() < 2 || digits.front() != '0') {
        return 10;
    }
    const char sign = static_cast<char>(digits[1] | 0x20);
    const int base = sign == 'x' ? 16 : sign == 'o' ? 8 : sign == 'b' ? 2 : 0;
    digits.remove_prefix(base == 0 ? 1 : 2);
    return base == 0 ? 8 : base;
}

/// An integer as Go's ParseInt and ParseUint with base 0 read it, in decimal.
std::optional<std::string> whole_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    const bool has_sign = negative || text.starts_with('+');
    auto digits = text.substr(has_sign ? 1 : 0);
    if (digits.empty() || !is_digit(digits.front())) {
        return std::nullopt;
    }
    const int base = take_base(digits);
    const auto size = parse_whole<std::uint64_t>(digits, base);
    constexpr auto half = std::uint64_t{1} << 63U;
    if (!size || (has_sign && *size > (negative ? half : half - 1))) {
        return std::nullopt;
    }
    return fmt::format("{}{}", negative && *size != 0 ? "-" : "", *size);
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
bool looks_like_float(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const bool whole = !take_digits(text).empty();
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (take_digits(text).empty() && !whole) {
            return false;
        }
    } else if (!whole) {
        return false;
    }
    if (text.empty()) {
        return true;
    }
    if (text.front() != 'e' && text.front() != 'E') {
        return false;
    }
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    return !take_digits(text).empty() && text.empty();
}

/// As Go prints a float64: the shortest digits, with an exponent below 1e-4 and from 1e6 on.
std::string print_float(double value) {
    std::array<char, 64> buffer{};
    const auto write = [&](std::chars_format format) {
        auto* const end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
        return std::string(buffer.data(), end);
    };
    auto scientific = write(std::chars_format::scientific);
    const auto exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
    return exponent < -4 || exponent >= 6 ? scientific : write(std::chars_format::fixed);
}

std::optional<std::string> float_number(const std::string& text) {
    if (!looks_like_float(text)) {
        return std::nullopt;
    }
    const double value = std::strtod(text.c_str(), nullptr);
    // Too large for Go is text for YAML.
    return std::isfinite(value) ? std::optional(print_float(value)) : std::nullopt;
}

int days_in(int year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days.at(static_cast<std::size_t>(month - 1)) + (month == 2 && leap ? 1 : 0);
}

/// `-1` or `-01`, within bounds; takes it off `rest`.
std::optional<int> take_part(std::string_view& rest, int most) {
    if (!rest.starts_with('-')) {
        return std::nullopt;
    }
    rest.remove_prefix(1);
    const auto digits = take_digits(rest);
    const auto value = parse_whole<int>(digits, 10);
    const bool good = value && digits.size() <= 2 && *value >= 1 && *value <= most;
    return good ? value : std::nullopt;
}

std::optional<ComposeScalar> date_of(std::string_view text) {
    auto rest = text;
    const auto digits = take_digits(rest);
    const auto year = parse_whole<int>(digits, 10);
    if (!year || digits.size() != 4) {
        return std::nullopt;
    }
    const auto month = take_part(rest, 12);
    const auto day = month ? take_part(rest, days_in(*year, *month)) : std::nullopt;
    if (!day) {
        return std::nullopt;
    }
    if (rest.empty()) {
        return ComposeScalar{
            Kind::Date, fmt::format("{:04}-{:02}-{:02} 00:00:00 +0000 UTC", *year, *month, *day)};
    }
    const bool time =
        rest.size() > 1 && is_any(rest.substr(0, 1), {"T", "t", " "}) && is_digit(rest[1]);
    return time ? std::optional(ComposeScalar{Kind::Date, std::string(text)}) : std::nullopt;
}

}  // namespace

ComposeScalar read_compose_scalar(const YamlNode& node) {
    const std::string& text = node.text;
    if (node.quoted || text.empty()) {
        return {Kind::Text, text};
    }
    if (is_any(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) {
        return {Kind::Boolean, text};
    }
    const auto unsigned_text =
        std::string_view(text).substr(text.front() == '+' || text.front() == '-' ? 1 : 0);
    if (is_any(unsigned_text, {".inf", ".Inf", ".INF"}) || is_any(text, {".nan", ".NaN", ".NAN"})) {
        return {Kind::Endless, text};
    }
    if (!is_digit(text.front()) && !is_any(text.substr(0, 1), {"+", "-", "."})) {
        return {Kind::Text, text};
    }
    if (auto date = date_of(text)) {
        return std::move(*date);
    }
    std::string plain = text;
    if (text.front() != '.') {
        std::erase(plain, '_');
    }
    if (auto whole = whole_number(plain)) {
        return {Kind::Number, std::move(*whole)};
    }
    if (auto number = float_number(plain)) {
        return {Kind::Number, std::move(*number)};
    }
    return {Kind::Text, text};
}

}  // namespace wavegate::formats
