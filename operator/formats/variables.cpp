#include "operator/formats/variables.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace wavegate::formats {
namespace {

using Otherwise = ValuePart::Otherwise;

bool continues_name(char c) {
    return starts_name(c) || (c >= '0' && c <= '9');
}

/// `NAME`, with `:-`, `-`, `:?` or `?` and all up to the next `}` behind it, as the CLI's pattern
/// takes it; empty when no name stands there.
std::string_view substitution_at(std::string_view text) {
    if (text.empty() || !starts_name(text.front())) {
        return {};
    }
    const auto name = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), continues_name) - text.begin());
    const auto rule = text.substr(name);
    const auto sign = rule.substr(rule.starts_with(':') ? 1 : 0);
    if (!sign.starts_with('-') && !sign.starts_with('?')) {
        return text.substr(0, name);
    }
    return text.substr(0, std::min(text.find('}'), text.size()));
}

struct Form {
    std::string_view sign;
    Otherwise otherwise;
    bool or_empty;
};
/// In the order in which the CLI looks for them, anywhere in the substitution.
constexpr std::array<Form, 4> kForms{
    {{":-", Otherwise::Default, true},
     {"-", Otherwise::Default, false},
     {":?", Otherwise::Failure, true},
     {"?", Otherwise::Failure, false}}};

ValuePart part_of(std::string_view substitution) {
    ValuePart part;
    part.variable = substitution;
    for (const auto& form : kForms) {
        const auto at = substitution.find(form.sign);
        if (at == std::string_view::npos) {
            continue;
        }
        part.variable = substitution.substr(0, at);
        part.otherwise = form.otherwise;
        part.or_empty = form.or_empty;
        if (form.otherwise == Otherwise::Default) {
            part.fallback = substitution.substr(at + form.sign.size());
        }
        break;
    }
    return part;
}

/// Takes what follows a `$` off `rest`; nothing when it begins no variable.
std::optional<ValuePart> take_variable(std::string_view& rest) {
    const bool braced = rest.starts_with('{');
    const auto found = substitution_at(rest.substr(braced ? 1 : 0));
    const auto end = found.size() + (braced ? 1 : 0);
    if (found.empty() || (braced && !rest.substr(end).starts_with('}'))) {
        return std::nullopt;
    }
    rest.remove_prefix(end + (braced ? 1 : 0));
    return part_of(found);
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

bool is_variable_name(std::string_view text) {
    return !text.empty() && starts_name(text.front()) && std::ranges::all_of(text, continues_name);
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
        auto part = take_variable(text);
        if (!part) {
            return Error(
                ErrorKind::Invalid, "a '$' begins no variable of a form that Docker knows");
        }
        parts.push_back(std::move(*part));
    }
    return parts;
}

std::set<std::string> variables_in(std::string_view text) {
    std::set<std::string> names;
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at)) {
        text.remove_prefix(at + 1);
        at = text.starts_with('$') ? 1 : 0;
        const auto name = text.substr(text.starts_with('{') ? 1 : 0);
        if (at == 0 && !name.empty() && starts_name(name.front())) {
            names.emplace(name.begin(), std::find_if_not(name.begin(), name.end(), continues_name));
        }
    }
    return names;
}

}  // namespace wavegate::formats
