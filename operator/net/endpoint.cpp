#include "operator/net/endpoint.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <cstdint>

namespace wavegate::net {

namespace asio = boost::asio;
using asio::ip::tcp;

std::optional<tcp::endpoint> parse_endpoint(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    auto host = address.substr(0, colon);
    if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    std::uint16_t port = 0;
    const auto* end = address.data() + address.size();
    const auto [last, code] = std::from_chars(address.data() + colon + 1, end, port);
    boost::system::error_code failed;
    const auto ip = asio::ip::make_address(host, failed);
    if (failed || code != std::errc() || last != end) {
        return std::nullopt;
    }
    return tcp::endpoint(ip, port);
}

}  // namespace wavegate::net
