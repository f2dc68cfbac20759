#pragma once

#include "operator/base/error.hpp"
#include "operator/base/result.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace wavegate::formats {

/// A system around answered something that it was never seen to answer: a Protocol error.
/// `what`: fixed words, never the answer's own.
Error unexpected(std::string_view what);

/// The answer's JSON, or what unexpected() makes of it.
Result<boost::json::value> answer_json(std::string_view body);

}  // namespace wavegate::formats
