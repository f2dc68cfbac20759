#include "operator/ports/road.hpp"

#include "operator/base/text.hpp"

namespace wavegate {

bool blames_proxy(const Proxy& proxy, std::string_view said) {
    if (proxy.url.empty()) {
        return false;
    }
    const auto authority = url_authority(proxy.url);
    const auto colon = authority.rfind(':');
    std::string refused = "Failed to connect to ";
    refused += authority.substr(0, colon);
    refused += " port ";
    refused += authority.substr(colon + 1);
    refused += ' ';
    return said.find(refused) != std::string_view::npos ||
           said.find("Could not resolve proxy") != std::string_view::npos;
}

}  // namespace wavegate
