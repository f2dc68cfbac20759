#pragma once

#include "operator/base/error.hpp"
#include "operator/formats/yaml.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// Bytes [begin, end) of a text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Invalid: what the line holds.
Error invalid_at(int line, std::string_view what);

enum class Quotes { None, Single, Double };

/// Where a scalar stands, quotes included. Nothing where its bytes are not plainly its text: over
/// several lines, an alias, with an anchor or a tag, a block scalar.
std::optional<Span> span_of(std::string_view text, const YamlNode& scalar);

/// Neither an alias nor under an anchor or a tag.
bool is_clean(const YamlNode& node);

/// Where an entry stands: all of it, and the scalar to replace (a list's whole item).
struct EntryPlace {
    Span all;
    Span value;
};
/// Of `key: value`; an empty span for a value that is left out. Nothing where it is not written
/// plainly on one line.
std::optional<EntryPlace>
place_of_pair(std::string_view text, const YamlNode& key, const YamlNode& value);

/// The quotes of the value that begins at `offset`.
Quotes quotes_at(std::string_view text, std::size_t offset);

/// Writes a scalar on one line in the wished quotes, or in double ones where those can't hold it
/// (plain ones would be no text, or another one). `flow`: it stands within `[…]` or `{…}`.
std::string write_scalar(std::string_view value, Quotes wish, bool flow);

/// No control bytes but \n and \t, valid UTF-8, none of the line ends that only some parsers know.
bool is_writable(std::string_view value);

/// The offset of a line end that YAML 1.1 and 1.2 parsers read differently (a CR alone, NEL, LS,
/// PS), or npos.
std::size_t find_odd_line_end(std::string_view text);

/// The line around an offset: its bytes without and with the line end.
struct Line {
    Span text;
    std::size_t next = 0;  ///< where the next line begins
};
Line line_at(std::string_view text, std::size_t offset);
/// "\r\n" or "\n", as this line ends, or the text's first line when this is the last.
std::string_view line_end(std::string_view text, const Line& line);
/// Only blanks, or blanks and a comment.
bool is_tail(std::string_view text);
/// The offset behind the blanks at `from`.
std::size_t skip_blanks(std::string_view text, std::size_t from);

/// A JSON object. (Each is YAML too, but not the other way round.)
bool is_json(std::string_view text);

}  // namespace wavegate::formats
