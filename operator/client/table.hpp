#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::client {

/// What a cell says at a glance; a colour on a terminal, nothing elsewhere.
enum class Tint { Plain, Good, Bad, Busy };

struct Cell {
    Cell() = default;
    Cell(std::string words, Tint mood = Tint::Plain) : text(std::move(words)), tint(mood) {}

    std::string text;
    Tint tint = Tint::Plain;
};

/// Foreign text as it may reach a terminal: line breaks and tabs become blanks, all else that
/// `one_line` escapes is escaped.
std::string printable(std::string_view text);
/// Columns that UTF-8 text takes on a terminal: 0 for combining marks, 2 for wide characters.
std::size_t display_width(std::string_view text);
/// `text` in its tint's colour.
std::string tinted(std::string_view text, Tint tint);

/// Rows under upper-case titles, as wide as their widest cell and three blanks apart, without
/// blanks at line ends.
class Table {
  public:
    explicit Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}

    /// Missing cells are empty, surplus ones are dropped.
    void add(std::vector<Cell> row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::string text(bool color) const;

  private:
    std::vector<std::string> titles_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace wavegate::client
