#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

namespace wavegate::net {

/// "127.0.0.1:8080", "[::1]:0"; nothing when it is no IP address with a port.
std::optional<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address);

}  // namespace wavegate::net
