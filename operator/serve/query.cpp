#include "operator/serve/query.hpp"

#include "operator/base/text.hpp"

#include <algorithm>

namespace wavegate::serve {
namespace {

/// "a=1&b" → {"a", "b"}
std::vector<std::string> names_in(std::string_view query) {
    std::vector<std::string> names;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto parameter = query.substr(0, end);
        const auto raw = parameter.substr(0, parameter.find('='));
        std::string name;
        if (!parameter.empty()) {
            names.push_back(percent_decode(raw, name) && is_utf8(name) ? name : std::string(raw));
        }
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return names;
}

std::string listed(const std::vector<std::string_view>& known) {
    std::string text;
    for (const auto name : known) {
        text += (text.empty() ? "" : ", ") + std::string(name);
    }
    return text.empty() ? "none is known here" : "known here: " + text;
}

}  // namespace

std::optional<std::string> query_fault(
    std::string_view target,
    const std::vector<std::string_view>& known) {
    constexpr std::size_t shown = 64;
    target = target.substr(0, target.find('#'));
    const auto mark = target.find('?');
    if (mark == std::string_view::npos) {
        return std::nullopt;
    }
    for (const auto& name : names_in(target.substr(mark + 1))) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const auto text =
                name.size() <= shown ? name : "of " + std::to_string(name.size()) + " signs";
            return "unknown query parameter " + text + "; " + listed(known);
        }
    }
    return std::nullopt;
}

}  // namespace wavegate::serve
