#include "operator/backends/mcp/names.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace wavegate::mcp {
namespace {

constexpr std::string_view kSeparator = "__";
constexpr std::size_t kLongestName = 44;
constexpr std::size_t kShortPrefix = 4;
constexpr std::array<std::string_view, 8>
    kDropped{"agent", "api", "mcp", "server", "service", "srv", "tool", "tools"};

std::vector<std::string> split(std::string_view name) {
    std::vector<std::string> words;
    std::size_t from = 0;
    while (from <= name.size()) {
        const std::size_t to = std::min(name.find_first_of("-_", from), name.size());
        if (to > from) {
            words.emplace_back(name.substr(from, to - from));
        }
        from = to + 1;
    }
    return words;
}

/// The words that a prefix is made of.
struct Stem {
    explicit Stem(std::string_view child) {
        std::vector<std::string> words = split(child);
        std::vector<std::string> kept = words;
        std::erase_if(kept, [](const std::string& word) {
            return std::binary_search(kDropped.begin(), kDropped.end(), word);
        });
        if (kept.empty()) {
            kept = words;
        }
        for (const auto& word : kept) {
            initials += word.front();
            whole += word;
        }
        shortest = kept.size() == 1 ? whole.substr(0, kShortPrefix) : initials;
    }

    std::string initials;
    std::string whole;
    std::string shortest;
};

bool can_be_prefix(const Stem& stem, std::string_view prefix) {
    return prefix == stem.shortest ||
           (prefix.size() > stem.shortest.size() && stem.whole.starts_with(prefix));
}

std::string stripped(std::string_view child, std::string_view tool) {
    const auto own = split(child);
    std::string_view rest = tool;
    while (true) {
        const auto end = rest.find('_');
        if (end == std::string_view::npos ||
            std::find(own.begin(), own.end(), rest.substr(0, end)) == own.end()) {
            return std::string(rest.empty() ? tool : rest);
        }
        rest.remove_prefix(end + 1);
    }
}

}  // namespace

bool is_tool_of(std::string_view listed, std::string_view child, std::string_view tool) {
    const auto at = listed.find(kSeparator);
    if (at == std::string_view::npos) {
        return false;
    }
    const std::string head(listed.substr(0, at + kSeparator.size()));
    return listed == (head + stripped(child, tool)).substr(0, kLongestName) ||
           listed == (head + std::string(tool)).substr(0, kLongestName);
}

std::vector<std::string> exposed_candidates(
    const std::vector<std::string>& listed,
    std::string_view child,
    std::string_view tool) {
    const Stem stem(child);
    std::vector<std::string> found;
    for (const auto& name : listed) {
        const std::string_view prefix = std::string_view(name).substr(0, name.find(kSeparator));
        if (is_tool_of(name, child, tool) && can_be_prefix(stem, prefix)) {
            found.push_back(name);
        }
    }
    return found;
}

std::string prefix_among(std::vector<std::string> children, const std::string& child) {
    std::sort(children.begin(), children.end());
    std::set<std::string> taken;
    for (const auto& name : children) {
        const Stem stem(name);
        std::string prefix = stem.shortest;
        while (taken.contains(prefix) && prefix.size() < stem.whole.size()) {
            prefix = stem.whole.substr(0, prefix.size() + 1);
        }
        if (name == child) {
            return prefix;
        }
        taken.insert(prefix);
    }
    return {};
}

}  // namespace wavegate::mcp
