#include "operator/desired/placeholders.hpp"

#include <algorithm>

namespace wavegate::desired {

std::string unknown_placeholder(std::string_view text, std::span<const std::string_view> known) {
    for (auto open = text.find('{'); open != std::string_view::npos;
         open = text.find('{', open + 1)) {
        const auto close = std::min(text.find('}', open), text.size());
        const auto inner = text.substr(open + 1, close - open - 1);
        if (std::find(known.begin(), known.end(), inner) == known.end()) {
            return std::string(text.substr(open, close - open + 1));
        }
    }
    return {};
}

}  // namespace wavegate::desired
