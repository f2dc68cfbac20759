#include "tests/real/support/probe.hpp"

#include "operator/net/curl_transport.hpp"
#include "tests/support/driver.hpp"

namespace wavegate::testing {

int get_status(const std::string& url) {
    const auto driver = live_driver();
    net::CurlTransport transport(driver->executor());
    const auto answer = driver->run(transport.send(HttpRequest("GET", url)));
    return answer ? answer->status : 0;
}

}  // namespace wavegate::testing
