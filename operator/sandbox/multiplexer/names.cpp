#include "operator/sandbox/multiplexer/names.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace wavegate::sandbox {
namespace {

constexpr std::array<std::string_view, 8>
    kGeneric{"mcp", "server", "agent", "api", "service", "srv", "tool", "tools"};
constexpr std::size_t kLongestName = 44;

std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words(1);
    for (const char c : name) {
        if (c == '-' || c == '_') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    std::erase(words, "");
    return words;
}

std::vector<std::string> telling_words(std::string_view name) {
    std::vector<std::string> words = words_of(name);
    std::vector<std::string> telling;
    for (const auto& word : words) {
        if (std::find(kGeneric.begin(), kGeneric.end(), word) == kGeneric.end()) {
            telling.push_back(word);
        }
    }
    return telling.empty() ? words : telling;
}

std::string first_choice(const std::vector<std::string>& words) {
    if (words.size() == 1) {
        return words.front().substr(0, 4);
    }
    std::string initials;
    for (const auto& word : words) {
        initials += word.front();
    }
    return initials;
}

}  // namespace

std::map<std::string, std::string> child_prefixes(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    std::map<std::string, std::string> prefixes;
    std::set<std::string> taken;
    for (const auto& name : names) {
        const auto words = telling_words(name);
        std::string whole;
        for (const auto& word : words) {
            whole += word;
        }
        std::string prefix = first_choice(words);
        while (taken.contains(prefix) && prefix.size() < whole.size()) {
            prefix = whole.substr(0, prefix.size() + 1);
        }
        taken.insert(prefix);
        prefixes[name] = prefix;
    }
    return prefixes;
}

std::string exposed_name(std::string_view prefix, std::string_view child, std::string_view tool) {
    const auto own = words_of(child);
    std::string_view rest = tool;
    for (auto end = rest.find('_'); end != std::string_view::npos; end = rest.find('_')) {
        if (std::find(own.begin(), own.end(), rest.substr(0, end)) == own.end()) {
            break;
        }
        rest.remove_prefix(end + 1);
    }
    std::string name = std::string(prefix) + "__" + std::string(rest.empty() ? tool : rest);
    return name.substr(0, kLongestName);
}

}  // namespace wavegate::sandbox
