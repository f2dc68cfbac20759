#include "reconcilers/gates/decider.hpp"

namespace wavegate::gates {

Decider decider_in(std::string_view reason) {
    constexpr std::string_view lead = "Rule ";
    constexpr std::string_view tail = " in policy ";
    const auto at = reason.rfind(tail);
    if (!reason.starts_with(lead) || at == std::string_view::npos) {
        return {};
    }
    const auto rule = reason.substr(lead.size(), reason.find(' ', lead.size()) - lead.size());
    return {std::string(rule), std::string(reason.substr(at + tail.size()))};
}

}  // namespace wavegate::gates
