#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wavegate::render {

/// One alert of the fleet's rules.
struct Alert {
    std::string_view group;
    std::string_view name;
    std::string_view expr;
    std::string_view lasts;  ///< `for`
    std::string_view severity;
    std::string_view summary;
    std::string_view description;
};

/// Those of the fleet (names and groups are upstream's, fleet.md §7), then Wavegate's own, by
/// group.
std::span<const Alert> alerts();

/// Prometheus' rules file.
std::string alert_rules();

}  // namespace wavegate::render
