#include "operator/settings/reference_rules.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::settings {

bool is_reference(std::string_view text) {
    return (text.starts_with("env:") && text.size() > 4) || text.starts_with("file:/") ||
           (text.starts_with("openbao:") && text.size() > 8);
}

bool fits(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    auto star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

std::string fault_of(const ReferenceRule& rule) {
    if (!is_reference(rule.pattern)) {
        return "is no reference: env:NAME, file:/path or openbao:path#key, with * for any run";
    }
    if (rule.pattern.find("/../") != std::string::npos) {
        return "may hold no /../";
    }
    return {};
}

std::vector<std::string> items_of_list(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        items.emplace_back(trim(list.substr(0, end)));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return items;
}

Result<std::vector<ReferenceRule>> parse_rules(std::string_view list) {
    std::vector<ReferenceRule> rules;
    for (const auto& item : items_of_list(list)) {
        const auto at = item.rfind('@');
        ReferenceRule rule;
        rule.pattern = item.substr(0, at);
        if (at != std::string::npos) {
            rule.host = item.substr(at + 1);
        }
        if (auto wrong = fault_of(rule); !wrong.empty()) {
            return Error(ErrorKind::Invalid, std::move(wrong));
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace wavegate::settings
