#pragma once

#include <array>
#include <span>
#include <string_view>

namespace wavegate::render {

struct Query {
    /// `$M` stands for the matchers of job and instance, which every selector has.
    std::string_view expr;
    std::string_view legend;
};

struct Panel {
    std::string_view title;
    std::string_view description;
    std::string_view type;  ///< "stat", "timeseries", "table", "logs"
    std::string_view unit;
    int width = 12;  ///< of 24
    int height = 8;
    std::array<Query, 3> queries{};  ///< without an expression: none
};

struct Board {
    std::string_view file;
    std::string_view uid;
    std::string_view title;
    /// The metric by whose series the variables `job` and `instance` are offered.
    std::string_view metric;
    bool by_stack = false;  ///< has a variable `stack`
    std::span<const Panel> panels;
};

Board fleet_overview();
Board per_service();
Board host_infra();
Board container_resources();
Board wavegate_board();

}  // namespace wavegate::render
