#pragma once

#include "operator/base/error.hpp"
#include "operator/net/server.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace wavegate::serve {

net::ServerResponse text_answer(int status, std::string body, std::string_view type);
net::ServerResponse json_answer(int status, const boost::json::object& body);
/// {"error": message}
net::ServerResponse problem(int status, std::string_view message);
net::ServerResponse problem(const Error& error);
/// What every answer carries: no caching, no sniffing, no framing, scripts and styles of our own
/// files only.
void add_safety_headers(net::ServerResponse& response);

}  // namespace wavegate::serve
