#include "operator/formats/dotenv_expansion.hpp"

#include "operator/formats/variables.hpp"

#include <algorithm>

namespace wavegate::formats {
namespace {

constexpr int kDeepest = 16;

/// Of what follows `${`: up to its own `}`, others in between; npos: it is never closed.
std::size_t closing_brace(std::string_view text) {
    int open = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text.substr(at).starts_with("${")) {
            ++open;
            ++at;
        } else if (text[at] == '}' && --open == 0) {
            return at;
        }
    }
    return std::string_view::npos;
}

}  // namespace

const char* DotenvExpansion::run(std::string_view text) {
    return expand(text, 0);
}

const char* DotenvExpansion::expand(std::string_view text, int depth) {
    if (depth > kDeepest) {
        return "variables stand in each other too deeply";
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto rest = text.substr(at);
        if (escapes_ && rest.front() == '\\' && rest.size() > 1) {
            take_escape(text, at);
            continue;
        }
        if (rest.starts_with("$${")) {
            return "$${ is read in two ways; put the value in single quotes";
        }
        if (!rest.starts_with("${")) {
            value_ += rest.front();
            continue;
        }
        const auto inside = rest.substr(2);
        const auto close = closing_brace(inside);
        if (close == std::string_view::npos) {
            return "${ is not closed";
        }
        if (const char* wrong = put(inside.substr(0, close), depth)) {
            return wrong;
        }
        at += close + 2;
    }
    return value_.size() > limit_ ? "the value is too large" : nullptr;
}

void DotenvExpansion::take_escape(std::string_view text, std::size_t& at) {
    constexpr std::string_view letters = "nrt";
    constexpr std::string_view meant = "\n\r\t";
    const char c = text[++at];
    if (const auto known = letters.find(c); known != std::string_view::npos) {
        value_ += meant[known];
        return;
    }
    if (c != '"' && c != '\\' && c != '$') {
        value_ += '\\';
    }
    value_ += c;
}

/// `inside`: what stands between the braces.
const char* DotenvExpansion::put(std::string_view inside, int depth) {
    const auto end = std::min(inside.find_first_of(":-+?"), inside.size());
    const std::string name(inside.substr(0, end));
    auto rule = inside.substr(end);
    if (!is_variable_name(name) || rule == ":") {
        return "${ begins no variable";
    }
    auto found = lookup_(name);
    if (rule.starts_with(':')) {
        rule.remove_prefix(1);
        if (found != nullptr && found->empty()) {
            found = nullptr;
        }
    }
    return put_rest(rule, found, depth);
}

/// `rule`: nothing, or a sign and what belongs to it.
const char* DotenvExpansion::put_rest(std::string_view rule, const SecretValue& found, int depth) {
    const char sign = rule.empty() ? '\0' : rule.front();
    switch (sign) {
        case '+':
            return found == nullptr ? nullptr : expand(rule.substr(1), depth + 1);
        case '-':
            if (found == nullptr) {
                return expand(rule.substr(1), depth + 1);
            }
            break;
        case '?':
            if (found == nullptr) {
                return "a variable that must be set is not";
            }
            break;
        case '\0':
            missed_ = missed_ || found == nullptr;
            break;
        default:
            return "${ begins no variable";
    }
    if (found != nullptr) {
        found->reveal([this](std::string_view text) { value_ += text; });
    }
    return value_.size() > limit_ ? "the value is too large" : nullptr;
}

}  // namespace wavegate::formats
