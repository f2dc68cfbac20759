#include "operator/backends/mcp/tool_walk.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::mcp {

void ToolWalk::spend(std::size_t bytes) {
    spent_ += std::min(bytes, room());
}

void ToolWalk::keep(McpTool tool) {
    if (names_.contains(tool.name)) {
        return;
    }
    if (tool.name.size() > kLongestName || tools_.size() >= limits_.tools) {
        ++left_out_;
        return;
    }
    names_.insert(tool.name);
    tools_.push_back(std::move(tool));
}

bool ToolWalk::goes_on(const std::string& cursor) {
    const bool limited = room() == 0 || tools_.size() >= limits_.tools ||
                         cursors_.size() + 1 >= kMostPages || cursor.size() > kLongestCursor;
    return !cursor.empty() && !limited && cursors_.insert(cursor).second;
}

}  // namespace wavegate::mcp
