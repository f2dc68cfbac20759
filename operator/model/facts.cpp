#include "operator/model/facts.hpp"

#include <algorithm>

namespace wavegate {
namespace {

/// Whole characters only: half of one is no UTF-8, and could be neither stored nor shown.
std::string shortened(std::string_view text) {
    constexpr std::string_view ellipsis = "…";
    if (text.size() <= Facts::kLongest) {
        return std::string(text);
    }
    std::size_t end = Facts::kLongest - ellipsis.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(text.substr(0, end)) + std::string(ellipsis);
}

}  // namespace

Facts::Facts(std::initializer_list<value_type> pairs) {
    for (const auto& [name, value] : pairs) {
        add(name, value);
    }
}

void Facts::add(std::string_view name, std::string_view value) {
    auto kept_name = shortened(name);
    auto kept_value = shortened(value);
    const auto more = kept_name.size() + kept_value.size();
    if (bytes_ + more > kMost) {
        return;
    }
    bytes_ += more;
    pairs_.emplace_back(std::move(kept_name), std::move(kept_value));
}

const std::string* Facts::find(std::string_view name) const {
    const auto at = std::find_if(
        pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == name; });
    return at == pairs_.end() ? nullptr : &at->second;
}

}  // namespace wavegate
