#include "operator/model/word.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wavegate {
namespace {

constexpr std::array<VerbRow, 7> kVerbs{{
    {"pause", "Paused"},
    {"resume", "Resumed"},
    {"retry", "Retried"},
    {"accept", "Accepted"},
    {"abort", "Aborted"},
    {"freeze", "Frozen"},
    {"unfreeze", "Unfrozen"},
}};
static_assert(static_cast<std::size_t>(Verb::Unfreeze) + 1 == kVerbs.size());

}  // namespace

const VerbRow& row(Verb verb) {
    return kVerbs.at(static_cast<std::size_t>(verb));
}

std::string_view to_string(Verb verb) {
    const auto at = static_cast<std::size_t>(verb);
    return at < kVerbs.size() ? kVerbs.at(at).name : "";
}

std::optional<Verb> verb_of(std::string_view name) {
    const auto* at = std::find_if(
        kVerbs.begin(), kVerbs.end(), [&](const VerbRow& each) { return each.name == name; });
    if (at == kVerbs.end()) {
        return std::nullopt;
    }
    return static_cast<Verb>(at - kVerbs.begin());
}

}  // namespace wavegate
