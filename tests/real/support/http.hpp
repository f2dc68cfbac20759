#pragma once

#include "operator/ports/http.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace wavegate::testing {

/// One request over the loopback, to set a server up; status 0 when nobody answered.
HttpResponse ask(HttpRequest request);

/// The same with a JSON body (null: none) and a header "Name: value" that authorizes it.
HttpResponse ask_json(
    const std::string& method,
    const std::string& url,
    const boost::json::value& body,
    const std::string& authorization = {});

/// The answer's JSON; null when it is none.
boost::json::value body_of(const HttpResponse& response);

}  // namespace wavegate::testing
