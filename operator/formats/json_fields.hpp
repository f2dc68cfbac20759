#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// Nothing when the text is not one JSON value. A byte order mark before it is passed over, as
/// RFC 8259 §8.1 lets readers do.
std::optional<boost::json::value> parse_json(std::string_view text);

// Fields of what another system sent, so of any type or not there: what is named in the second
// column stands for both. A path is one key, or the keys of objects within objects.
using FieldPath = std::initializer_list<std::string_view>;

const boost::json::value* value_at(const boost::json::object& from, FieldPath path);    // null
const boost::json::object* object_at(const boost::json::object& from, FieldPath path);  // null
const boost::json::array* array_at(const boost::json::object& from, FieldPath path);    // null
std::string text_at(const boost::json::object& from, FieldPath path);                   // empty
bool flag_at(const boost::json::object& from, FieldPath path, bool otherwise = false);
/// Whole, and within the range of the type: 1.0 is a number, 1.5 is none.
std::optional<std::int64_t> integer_at(const boost::json::object& from, FieldPath path);
std::int64_t number_at(const boost::json::object& from, FieldPath path, std::int64_t otherwise = 0);

}  // namespace wavegate::formats
