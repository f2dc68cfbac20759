#include "operator/formats/challenge.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace wavegate::formats {
namespace {

constexpr std::string_view kSpace = " \t";

/// Where the element that begins `text` ends: at the first comma outside of quotes.
std::size_t end_of_element(std::string_view text) {
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') {
            quoted = !quoted;
        } else if (quoted && text[at] == '\\') {
            ++at;
        } else if (!quoted && text[at] == ',') {
            return at;
        }
    }
    return text.size();
}

/// The scheme, when an element of the list begins a challenge; nothing when it is one more
/// parameter of the challenge before: `realm="x"`, `realm = "x"`.
std::string_view scheme_of(std::string_view element) {
    const auto name = element.substr(0, element.find_first_of(" \t="));
    auto rest = element.substr(name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    return rest.starts_with('=') ? std::string_view() : name;
}

}  // namespace

bool has_challenge(std::string_view field, std::string_view scheme) {
    while (!field.empty()) {
        const auto end = end_of_element(field);
        if (iequals(scheme_of(trim(field.substr(0, end))), scheme)) {
            return true;
        }
        field.remove_prefix(std::min(end + 1, field.size()));
    }
    return false;
}

}  // namespace wavegate::formats
