#pragma once

#include "operator/formats/compose.hpp"

#include <random>
#include <set>
#include <string>
#include <vector>

namespace wavegate::formats {

/// A made-up compose file whose service "app" has an environment, and what is in which line.
struct RandomCompose {
    struct Line {
        std::string text;             ///< without its end
        bool of_environment = false;  ///< its head, or a line of a flow form
        std::set<std::string> keys;   ///< entries that stand here
    };
    std::vector<Line> lines;
    std::string line_end;
    bool byte_order_mark = false;
    bool ends_with_newline = true;

    [[nodiscard]] std::string text() const;
};

using Dice = std::mt19937_64;

RandomCompose random_compose(Dice& dice);
/// Sets, drops and passes through some keys, present ones and absent ones.
std::vector<ComposeChange> random_changes(Dice& dice);

}  // namespace wavegate::formats
