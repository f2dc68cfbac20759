#include "operator/base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace wavegate {
namespace {

struct Reader {
    std::string_view rest;

    std::optional<int> digits(std::size_t count) {
        int value = 0;
        if (rest.size() < count) {
            return std::nullopt;
        }
        const auto [end, code] = std::from_chars(rest.data(), rest.data() + count, value);
        if (code != std::errc() || end != rest.data() + count || rest[0] == '-') {
            return std::nullopt;
        }
        rest.remove_prefix(count);
        return value;
    }
    bool skip(std::string_view any_of) {
        if (rest.empty() || any_of.find(rest[0]) == std::string_view::npos) {
            return false;
        }
        rest.remove_prefix(1);
        return true;
    }
};

std::optional<Duration> fraction(Reader& in) {
    if (!in.skip(".")) {
        return Duration(0);
    }
    int millis = 0;
    int scale = 100;
    std::size_t count = 0;
    while (!in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9') {
        millis += (in.rest[0] - '0') * scale;
        scale /= 10;
        ++count;
        in.rest.remove_prefix(1);
    }
    return count > 0 && count <= 9 ? std::optional(Duration(millis)) : std::nullopt;
}

std::optional<std::chrono::minutes> offset(Reader& in) {
    if (in.skip("Zz")) {
        return std::chrono::minutes(0);
    }
    const bool negative = !in.rest.empty() && in.rest[0] == '-';
    if (!in.skip("+-")) {
        return std::nullopt;
    }
    const auto hours = in.digits(2);
    if (!hours || !in.skip(":")) {
        return std::nullopt;
    }
    const auto minutes = in.digits(2);
    if (!minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes total(*hours * 60 + *minutes);
    return negative ? -total : total;
}

struct Unit {
    std::string_view name;
    double millis;
};
constexpr std::array<Unit, 5> kUnits{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

}  // namespace

std::string to_rfc3339(Wall wall) {
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<Duration> clock(wall - day);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count(),
        clock.subseconds().count());
}

std::optional<Wall> parse_rfc3339(std::string_view text) {
    Reader in{text};
    std::array<int, 6> part{};
    constexpr std::array<std::size_t, 6> widths{4, 2, 2, 2, 2, 2};
    constexpr std::array<std::string_view, 6> after{"-", "-", "Tt ", ":", ":", ""};
    for (std::size_t i = 0; i < part.size(); ++i) {
        const auto value = in.digits(widths[i]);
        if (!value || (!after[i].empty() && !in.skip(after[i]))) {
            return std::nullopt;
        }
        part[i] = *value;
    }
    const auto sub = fraction(in);
    const auto zone = sub ? offset(in) : std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(part[0]),
        std::chrono::month(static_cast<unsigned>(part[1])),
        std::chrono::day(static_cast<unsigned>(part[2]))};
    if (!zone || !in.rest.empty() || !date.ok() || part[3] > 23 || part[4] > 59 || part[5] > 60) {
        return std::nullopt;
    }
    return Wall(std::chrono::sys_days(date)) + std::chrono::hours(part[3]) +
           std::chrono::minutes(part[4]) + std::chrono::seconds(part[5]) + *sub - *zone;
}

std::string to_text(Duration duration) {
    if (duration < Duration(0)) {
        return fmt::format("-{}", to_text(-duration));
    }
    const std::chrono::hh_mm_ss<Duration> parts(duration);
    std::string out;
    if (parts.hours().count() > 0) {
        out += fmt::format("{}h", parts.hours().count());
    }
    if (parts.minutes().count() > 0) {
        out += fmt::format("{}m", parts.minutes().count());
    }
    if (parts.seconds().count() > 0) {
        out += fmt::format("{}s", parts.seconds().count());
    }
    if (parts.subseconds().count() > 0) {
        out += fmt::format("{}ms", parts.subseconds().count());
    }
    return out.empty() ? "0s" : out;
}

std::optional<Duration> parse_duration(std::string_view text) {
    double total = 0;
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        const auto number_end = text.find_first_not_of("0123456789.");
        if (number_end == 0 || number_end == std::string_view::npos) {
            return std::nullopt;
        }
        double value = 0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + number_end, value);
        if (code != std::errc() || end != text.data() + number_end) {
            return std::nullopt;
        }
        text.remove_prefix(number_end);
        const auto unit_end = std::min(text.find_first_of("0123456789."), text.size());
        const auto name = text.substr(0, unit_end);
        const auto* unit = std::find_if(
            kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
        if (unit == kUnits.end()) {
            return std::nullopt;
        }
        total += value * unit->millis;
        text.remove_prefix(unit_end);
    }
    // A hundred years: what is longer is a slip of the hand, and would overflow later sums.
    constexpr double longest = 100.0 * 365 * 86'400'000;
    return total <= longest ? std::optional(Duration(std::llround(total))) : std::nullopt;
}

}  // namespace wavegate
