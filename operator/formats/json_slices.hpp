#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// The members of a JSON object, each as its bytes stand there: a number keeps the form and the
/// digits that a reader would round. Of two members of one name the last. Empty for what is no
/// object. `object` must be valid JSON, and outlive what is returned.
std::map<std::string, std::string_view> member_slices(std::string_view object);

}  // namespace wavegate::formats
