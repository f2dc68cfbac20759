#pragma once

#include "operator/ports/http.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::testing {

/// One exchange with a real server, as the files of tests/recorded/<system> hold it. JSON bodies
/// are parsed, others are a string, null is an empty body.
struct Recorded {
    std::string name;
    std::string method;
    std::string path;  ///< with query
    Headers request_headers;
    boost::json::value request_body;
    int status = 0;
    Headers response_headers;
    boost::json::value response_body;

    /// The request to `base` ("http://eunomia.test:8421"). The placeholder `<…>` of a secret is
    /// replaced by `secret`.
    [[nodiscard]] HttpRequest request(std::string_view base, std::string_view secret) const;
    [[nodiscard]] HttpResponse response() const;
};

/// A file of tests/recorded, as it stands there.
std::string recorded_text(const std::string& file);

/// All files of a folder (`source_path("tests/recorded/eunomia")`), by name. Throws when one
/// cannot be read.
std::vector<Recorded> recorded_exchanges(const std::string& folder);

/// A body as the recordings keep it: parsed when it is JSON, else the text, null when empty.
boost::json::value body_value(std::string_view body);

}  // namespace wavegate::testing
