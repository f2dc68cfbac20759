#include "tests/real/support/http.hpp"

#include "operator/net/curl_transport.hpp"
#include "tests/support/driver.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace wavegate::testing {

HttpResponse ask(HttpRequest request) {
    const auto driver = live_driver();
    net::CurlTransport transport(driver->executor());
    auto answer = driver->run(transport.send(std::move(request)));
    return answer ? std::move(*answer) : HttpResponse();
}

HttpResponse ask_json(
    const std::string& method,
    const std::string& url,
    const boost::json::value& body,
    const std::string& authorization) {
    HttpRequest request(method, url);
    if (const auto colon = authorization.find(": "); colon != std::string::npos) {
        request.headers.add(authorization.substr(0, colon), authorization.substr(colon + 2));
    }
    if (!body.is_null()) {
        request.headers.add("Content-Type", "application/json");
        request.body = boost::json::serialize(body);
    }
    return ask(std::move(request));
}

boost::json::value body_of(const HttpResponse& response) {
    boost::system::error_code failed;
    auto value = boost::json::parse(response.body, failed);
    return failed ? boost::json::value() : value;
}

}  // namespace wavegate::testing
