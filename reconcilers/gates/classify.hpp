#pragma once

#include "operator/model/evidence.hpp"
#include "operator/ports/mcp.hpp"

#include <string>
#include <string_view>

namespace wavegate::gates {

/// What one answer comes to. The phrase is of a fixed list: no word of the answer is in it.
struct Finding {
    Verdict verdict = Verdict::Unknown;
    ProbeClass seen = ProbeClass::None;
    std::string_view phrase;
};

bool is_redirect(int status);

/// A POST without JSON-RPC (mcp.md §2): 401 with a Bearer challenge passes, anything an MCP
/// server itself says is Open.
Finding classify_knock(const KnockAnswer& answer);
/// A failed call, listing or knock of the service itself.
Finding classify_error(const Error& error);
/// The answer of a tools/call, through the multiplexer or direct (mcp.md §5, §6): `tool` is the
/// child's own name of the tool that was called.
Finding classify_call(const McpCallAnswer& answer, std::string_view tool);
/// A failed call that was addressed to the multiplexer: its failure is not the child's.
Finding classify_multiplexer_error(const Error& error);

}  // namespace wavegate::gates
