#pragma once

#include "operator/base/secret.hpp"

namespace wavegate::formats {

/// A text as JSON text: in quotes, escaped.
SecretValue json_text(const Secret& plain);
/// What a value reads as, given its JSON text: a text without its quotes, anything else as JSON.
/// Null: it is no JSON.
SecretValue plain_text(const Secret& json);

}  // namespace wavegate::formats
