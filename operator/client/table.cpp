#include "operator/client/table.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace wavegate::client {
namespace {

constexpr std::size_t kGap = 3;

/// One code point of valid UTF-8, and how many bytes it takes.
std::pair<char32_t, std::size_t> decode(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    auto point = static_cast<char32_t>(lead);
    if (lead >= 0xF0U) {
        length = 4;
        point = lead & 0x07U;
    } else if (lead >= 0xE0U) {
        length = 3;
        point = lead & 0x0FU;
    } else if (lead >= 0xC0U) {
        length = 2;
        point = lead & 0x1FU;
    }
    length = std::min(length, text.size());
    for (std::size_t i = 1; i < length; ++i) {
        point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    return {point, length};
}

bool between(char32_t point, const std::pair<char32_t, char32_t>& range) {
    return point >= range.first && point <= range.second;
}

std::size_t width_of(char32_t point) {
    static constexpr std::array<std::pair<char32_t, char32_t>, 5> nothing{
        {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}};
    static constexpr std::array<std::pair<char32_t, char32_t>, 8> wide{
        {{0x1100, 0x115F},
         {0x2E80, 0xA4CF},
         {0xAC00, 0xD7A3},
         {0xF900, 0xFAFF},
         {0xFE30, 0xFE6F},
         {0xFF00, 0xFF60},
         {0x1F300, 0x1FAFF},
         {0x20000, 0x3FFFD}}};
    const auto holds = [point](const auto& range) { return between(point, range); };
    if (std::any_of(nothing.begin(), nothing.end(), holds)) {
        return 0;
    }
    return std::any_of(wide.begin(), wide.end(), holds) ? 2 : 1;
}

std::string upper(std::string_view title) {
    std::string out(title);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char sign) {
        return static_cast<char>(std::toupper(sign));
    });
    return out;
}

std::string
line_of(const std::vector<Cell>& row, const std::vector<std::size_t>& widths, bool color) {
    std::string line;
    std::size_t owed = 0;  // blanks before the next cell, if there is one with text
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::size_t width = display_width(row[i].text);
        if (!row[i].text.empty()) {
            line.append(owed, ' ');
            line += color ? tinted(row[i].text, row[i].tint) : row[i].text;
            owed = 0;
        }
        owed += widths[i] - width + kGap;
    }
    return line + "\n";
}

}  // namespace

std::string printable(std::string_view text) {
    std::string blanks(text);
    std::replace_if(
        blanks.begin(),
        blanks.end(),
        [](char sign) { return sign == '\n' || sign == '\r' || sign == '\t'; },
        ' ');
    auto out = one_line(blanks);
    out.erase(trim(out).empty() ? 0 : out.find_last_not_of(' ') + 1);
    return out;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const auto [point, length] = decode(rest);
        width += width_of(point);
        rest.remove_prefix(length);
    }
    return width;
}

std::string tinted(std::string_view text, Tint tint) {
    static constexpr std::array<std::string_view, 4> codes{"", "\x1b[32m", "\x1b[31m", "\x1b[33m"};
    if (tint == Tint::Plain || text.empty()) {
        return std::string(text);
    }
    return std::string(codes.at(static_cast<std::size_t>(tint))) + std::string(text) + "\x1b[0m";
}

void Table::add(std::vector<Cell> row) {
    row.resize(titles_.size());
    for (Cell& cell : row) {
        cell.text = printable(cell.text);
    }
    rows_.push_back(std::move(row));
}

std::string Table::text(bool color) const {
    std::vector<Cell> head;
    std::vector<std::size_t> widths;
    for (const std::string& title : titles_) {
        head.emplace_back(upper(title));
        widths.push_back(display_width(title));
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i].text));
        }
    }
    std::string out = line_of(head, widths, false);
    for (const auto& row : rows_) {
        out += line_of(row, widths, color);
    }
    return out;
}

}  // namespace wavegate::client
