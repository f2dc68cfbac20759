#pragma once

#include "operator/ports/mcp.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace wavegate::mcp {

/// What one walk through the pages of tools/list may cost, and keep.
struct WalkLimits {
    std::size_t bytes = 8U << 20U;  ///< of all answers together
    std::size_t tools = 2'000;
};

/// A walk through the pages of tools/list. Whatever the other side says, it ends: by the last
/// page, the first cursor that comes again, or the limits; what was kept until then counts. A page
/// that is larger than the room that is left is an error of the transport's.
class ToolWalk {
  public:
    static constexpr std::size_t kLongestName = 256;      ///< bytes
    static constexpr std::size_t kLongestCursor = 4'096;  ///< bytes; it is sent back
    static constexpr std::size_t kMostPages = 100;

    explicit ToolWalk(WalkLimits limits) : limits_(limits) {}

    /// How many bytes the next page may have.
    [[nodiscard]] std::size_t room() const { return limits_.bytes - spent_; }
    /// A page came.
    void spend(std::size_t bytes);
    /// A tool of it. Left out, but counted: names that are too long, and what is over the limit. A
    /// name that was there before is no other tool.
    void keep(McpTool tool);
    /// Is the page behind this cursor to be asked for?
    bool goes_on(const std::string& cursor);

    [[nodiscard]] std::vector<McpTool> take() { return std::move(tools_); }
    [[nodiscard]] std::size_t left_out() const { return left_out_; }

  private:
    WalkLimits limits_;
    std::size_t spent_ = 0;
    std::size_t left_out_ = 0;
    std::vector<McpTool> tools_;
    std::set<std::string, std::less<>> names_;
    std::set<std::string> cursors_;
};

}  // namespace wavegate::mcp
