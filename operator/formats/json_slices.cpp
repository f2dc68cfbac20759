#include "operator/formats/json_slices.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace wavegate::formats {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(kBlanks, at), text.size());
}

/// Behind the string that begins at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        at += text[at] == '\\' ? 1 : 0;
    }
    return std::min(at + 1, text.size());
}

/// Behind the value that begins at `at`.
std::size_t value_end(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = string_end(text, at);
            continue;
        }
        const bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || kBlanks.find(c) != std::string_view::npos)) {
            break;
        }
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= closes ? 1 : 0;
        ++at;
    }
    return at;
}

std::string name_of(std::string_view text) {
    boost::system::error_code failed;
    const auto name = boost::json::parse(text, failed);
    return failed || !name.is_string() ? std::string() : std::string(name.get_string());
}

}  // namespace

std::map<std::string, std::string_view> member_slices(std::string_view object) {
    std::map<std::string, std::string_view> members;
    auto at = skip_blanks(object, 0);
    if (at == object.size() || object[at] != '{') {
        return members;
    }
    for (at = skip_blanks(object, at + 1); at < object.size() && object[at] == '"';
         at = skip_blanks(object, at + 1)) {
        const auto name_end = string_end(object, at);
        auto name = name_of(object.substr(at, name_end - at));
        const auto colon = skip_blanks(object, name_end);
        const auto value = skip_blanks(object, std::min(colon + 1, object.size()));
        const auto end = value_end(object, value);
        members[std::move(name)] = object.substr(value, end - value);
        at = skip_blanks(object, end);  // a comma, or the end
    }
    return members;
}

}  // namespace wavegate::formats
