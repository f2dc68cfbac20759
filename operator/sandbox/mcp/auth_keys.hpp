#pragma once

#include <string>

namespace wavegate::sandbox {

/// The variables by which a program is told whom to let in, and the words that it knows; by default
/// agent-utilities' (mcp.md §4). Which it reads is the program's nature: what an environment does
/// to it is decided by these alone.
struct AuthKeys {
    std::string mode = "AUTH_TYPE";  ///< empty: it reads none, and serves open
    std::string on = "jwt";          ///< the one word with which it checks tokens
    std::string off = "none";
    std::string issuer = "FASTMCP_SERVER_AUTH_JWT_ISSUER";
    std::string first_issuer = "OIDC_ISSUER";  ///< beats the issuer; empty: none does
    std::string audience = "FASTMCP_SERVER_AUTH_JWT_AUDIENCE";
    std::string jwks_uri = "FASTMCP_SERVER_AUTH_JWT_JWKS_URI";
    std::string policy = "EUNOMIA_TYPE";  ///< empty: it knows no policy server
    std::string policy_on = "remote";
    std::string policy_url = "EUNOMIA_REMOTE_URL";
    bool imports_mode = false;  ///< any other word is a module that it fails to import
};

/// FastMCP 2 by environment alone (mcp.md §3).
AuthKeys fastmcp_keys();

}  // namespace wavegate::sandbox
