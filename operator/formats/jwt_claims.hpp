#pragma once

#include "operator/base/result.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace wavegate::formats {

/// What a token claims, whoever signed it: for one that came from its issuer's own hand, and whose
/// claims are to be no more than expected. What others bring is verify_jwt's (jwt.hpp).
/// Invalid: not a JWT. The message never holds the token.
Result<boost::json::object> claims_of(std::string_view token);

}  // namespace wavegate::formats
