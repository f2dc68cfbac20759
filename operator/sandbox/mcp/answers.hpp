#pragma once

#include "operator/sandbox/mcp/behaviour.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wavegate::sandbox {

// What a FastMCP server says whatever stands behind it (mcp.md §1, §2).

/// 401 to a request without a token: empty in FastMCP 3 and the SDK.
HttpResponse refuse_bare();
/// 401 to a token that is not accepted, whatever the reason.
HttpResponse refuse_token();
/// A header of the request, empty when it is not there.
std::string header_of(const HttpRequest& request, std::string_view name);
/// Only POSTs that ask for JSON and SSE get through; nothing when this one does.
std::optional<HttpResponse> refuse_headers(const HttpRequest& request);

bool known_version(std::string_view version);
/// The result of initialize: known versions are echoed.
RpcReply welcome(const WireBehaviour& wire, const json::object& params);
/// One page of tools/list; the cursor is opaque to clients: {"o":<offset>}, base64.
RpcReply page_of(const WireBehaviour& wire, RpcReply all, const json::object& params);
/// The event stream of one answer, with all that the switches put before it.
std::string sse_body(const WireBehaviour& wire, const json::value& id, const RpcReply& reply);

}  // namespace wavegate::sandbox
