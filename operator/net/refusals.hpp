#pragma once

#include "operator/base/error.hpp"
#include "operator/ports/http.hpp"

#include <optional>
#include <string_view>

namespace wavegate::net {

/// A refusal of the road to a server (its proxy, its TLS) in words of our own: what curl and
/// proxies say names hosts and files. Measured with nginx 1.22, tinyproxy 1.11, OpenSSL 3.0 and
/// curl 7.88.

/// An answer that is not about the request: a proxy's, or nginx's to who shows no client
/// certificate or another authority's (the request goes no further).
std::optional<Error> refusal_in(const HttpResponse& response, bool by_proxy);

/// What a proxy answered to CONNECT; 0: it was not asked.
std::optional<Error> refusal_of_tunnel(long status);

/// A server that asks for another client certificate says so by a TLS alert, after the request is
/// sent but before it is read. `said`: curl's error text.
std::optional<Error> refusal_by_alert(std::string_view said);

/// Why a server's certificate did not pass. `said`: curl's error text.
Error distrust(std::string_view said);

}  // namespace wavegate::net
