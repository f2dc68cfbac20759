#pragma once

#include "operator/base/result.hpp"
#include "operator/formats/json_edit.hpp"

#include <string>
#include <vector>

namespace wavegate::program {

/// What became, or would become, of a Claude configuration.
struct ClaudeChange {
    std::vector<std::string> keys;   ///< of the multiplexer's env that differ; never their values
    bool narrower = false;           ///< others than its owner may read or write it
    bool remote = false;             ///< the multiplexer is reached by url: there is no env
    std::vector<std::string> notes;  ///< what stands elsewhere and wins there
    [[nodiscard]] bool differs() const { return !keys.empty() || narrower; }
};

/// Sets members of mcpServers.mcp-multiplexer.env (mcp.md §7) and changes nothing else: not a byte
/// elsewhere, atomically, the mode kept and never wider than 0600. Of a link the file that it
/// names. `check`: only looks. NotFound: no such file, or no such entry in it; Invalid: what can't
/// be read as JSON, or has an entry of another form; Conflict: somebody else goes on writing it.
Result<ClaudeChange> edit_claude_file(
    const std::string& path,
    const std::vector<formats::JsonMember>& wanted,
    bool check);

}  // namespace wavegate::program
