#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace wavegate::render {

/// JSON as people read and diff it: two blanks a level, lists of plain values on one line, members
/// in their order; ends with a newline.
std::string json_text(const boost::json::value& value);

}  // namespace wavegate::render
