#pragma once

#include "operator/base/result.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::client {

/// The part of JSONPath that printer columns use: `.name`, `[0]`, and `[?(@.key=="value")]`, the
/// first element whose member is that string.
class JsonPath {
  public:
    /// Invalid: outside of that part.
    static Result<JsonPath> parse(std::string_view text);
    /// What it leads to in `root`, or null.
    [[nodiscard]] const boost::json::value* find(const boost::json::value& root) const;

  private:
    struct Step {
        std::string member;
        std::optional<std::size_t> index;
        std::optional<std::string> equals;  ///< of `member`, in the elements of an array
    };
    static std::optional<Step> take_step(std::string_view& rest);
    static std::optional<Step> take_bracket(std::string_view inside);
    static const boost::json::value* follow(const boost::json::value& at, const Step& step);

    std::vector<Step> steps_;
};

}  // namespace wavegate::client
