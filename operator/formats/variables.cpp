#include "operator/formats/variables.hpp"

#include <utility>

namespace wavegate::formats {
namespace {

using Otherwise = ValuePart::Otherwise;

/// Takes a variable's name off `rest`; empty when none stands there.
std::string take_name(std::string_view& rest) {
    std::size_t size = 0;
    while (size < rest.size() &&
           (starts_name(rest[size]) || (size > 0 && rest[size] >= '0' && rest[size] <= '9'))) {
        ++size;
    }
    std::string name(rest.substr(0, size));
    rest.remove_prefix(size);
    return name;
}

/// The inside of `${…}`; false when it is none of the known forms.
bool read_braced(std::string_view inside, ValuePart& part) {
    part.variable = take_name(inside);
    if (part.variable.empty()) {
        return false;
    }
    if (inside.empty()) {
        return true;
    }
    if (inside.starts_with(':')) {
        part.or_empty = true;
        inside.remove_prefix(1);
    }
    if (!inside.starts_with('-') && !inside.starts_with('?')) {
        return false;
    }
    part.otherwise = inside.front() == '-' ? Otherwise::Default : Otherwise::Failure;
    inside.remove_prefix(1);
    if (part.otherwise == Otherwise::Default) {
        part.fallback = inside;
    }
    return inside.find('$') == std::string_view::npos;
}

/// Takes what follows a `$` off `rest`.
bool take_variable(std::string_view& rest, ValuePart& part) {
    if (!rest.starts_with('{')) {
        part.variable = take_name(rest);
        return !part.variable.empty();
    }
    const auto close = rest.find('}');
    if (close == std::string_view::npos || !read_braced(rest.substr(1, close - 1), part)) {
        return false;
    }
    rest.remove_prefix(close + 1);
    return true;
}

void add_literal(std::vector<ValuePart>& parts, std::string_view text) {
    if (text.empty()) {
        return;
    }
    if (parts.empty() || !parts.back().variable.empty()) {
        parts.emplace_back();
    }
    parts.back().literal += text;
}

}  // namespace

bool starts_name(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

Result<std::vector<ValuePart>> split_variables(std::string_view text) {
    std::vector<ValuePart> parts;
    while (!text.empty()) {
        const auto dollar = text.find('$');
        add_literal(parts, text.substr(0, dollar));
        if (dollar == std::string_view::npos) {
            break;
        }
        text.remove_prefix(dollar + 1);
        if (text.starts_with('$')) {
            add_literal(parts, "$");
            text.remove_prefix(1);
            continue;
        }
        ValuePart part;
        if (!take_variable(text, part)) {
            return Error(ErrorKind::Invalid, "a '$' begins no variable of a known form");
        }
        parts.push_back(std::move(part));
    }
    return parts;
}

}  // namespace wavegate::formats
