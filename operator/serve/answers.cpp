#include "operator/serve/answers.hpp"

#include <boost/json/serialize.hpp>

namespace wavegate::serve {
namespace json = boost::json;
namespace {

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::Invalid:
            return 422;
        case ErrorKind::NotFound:
            return 404;
        case ErrorKind::Conflict:
            return 409;
        case ErrorKind::Denied:
            return 403;
        case ErrorKind::Throttled:
            return 429;
        case ErrorKind::Unavailable:
        case ErrorKind::Timeout:
        case ErrorKind::Cancelled:
            return 503;
        case ErrorKind::Protocol:
        case ErrorKind::Internal:
            return 500;
    }
    return 500;
}

}  // namespace

net::ServerResponse text_answer(int status, std::string body, std::string_view type) {
    net::ServerResponse response(HttpResponse(status, std::move(body)));
    response.headers.set("Content-Type", std::string(type));
    return response;
}

net::ServerResponse json_answer(int status, const json::object& body) {
    return text_answer(status, json::serialize(body) + "\n", "application/json");
}

net::ServerResponse problem(int status, std::string_view message) {
    json::object body;
    body["error"] = message;
    return json_answer(status, body);
}

net::ServerResponse problem(const Error& error) {
    return problem(status_of(error.kind()), error.message());
}

void add_safety_headers(net::ServerResponse& response) {
    auto& headers = response.headers;
    headers.set(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
}

}  // namespace wavegate::serve
