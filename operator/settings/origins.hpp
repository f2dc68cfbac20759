#pragma once

#include "operator/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::settings {

/// Where a request goes: scheme, host and port. Another scheme or port is another origin.
struct WebOrigin {
    std::string scheme;  ///< http, https, ssh or file
    std::string host;    ///< in lower case, an IPv6 address in brackets; of file the whole path
    int port = 0;        ///< 0 for file
};

/// Of an absolute http, https or ssh URL, git's short form (git@host:path) and file:///path.
/// Nothing: no such URL, a user in an http(s) one, or signs that no host has, which another
/// reader might take for another host.
std::optional<WebOrigin> origin_of(std::string_view url);
/// "https://portainer.arpa", with the port where it is not the scheme's own.
std::string to_text(const WebOrigin& origin);

bool same_origin(std::string_view a, std::string_view b);

/// What operator.yaml writes for an origin: `*` as the leftmost label stands for one DNS label
/// (alone, for a name of one label), `:*` for any port; a path below file:/// for all that is below
/// it.
struct OriginPattern {
    std::string text;  ///< as it was written
    WebOrigin origin;  ///< the host without "*.", empty for "*"
    bool any_label = false;
    bool any_port = false;
};

/// Invalid: what is wrong, as the end of a sentence about it ("is no origin like …").
Result<OriginPattern> parse_origin(std::string_view text);
/// Addresses in digits fit only what names them: never a `*`.
bool admits(const OriginPattern& pattern, const WebOrigin& origin);
/// Does any of them admit the URL's origin? A URL without one fits nothing.
bool admits_any(const std::vector<OriginPattern>& patterns, std::string_view url);
/// "https://a, http://*.b"
std::string to_text(const std::vector<OriginPattern>& patterns);

}  // namespace wavegate::settings
