#include "operator/sandbox/proxy.hpp"

#include "operator/base/text.hpp"

#include <optional>
#include <utility>

namespace wavegate::sandbox {
namespace {

HttpResponse own_answer(int status, std::string body = {}) {
    HttpResponse response(status, std::move(body));
    response.headers.add("Server", "Caddy");
    return response;
}

std::optional<HttpResponse> faulty(ProxyFault fault, const HttpRequest& request) {
    switch (fault) {
        case ProxyFault::BadGateway:
            return own_answer(502);
        case ProxyFault::UnavailablePage: {
            HttpResponse page = own_answer(503, "<html><body>Down for maintenance</body></html>");
            page.headers.add("Content-Type", "text/html");
            return page;
        }
        case ProxyFault::RedirectToHttps: {
            HttpResponse redirect = own_answer(301);
            redirect.headers.add("Location", "https" + request.url.substr(request.url.find(':')));
            return redirect;
        }
        case ProxyFault::BasicAuth: {
            HttpResponse refusal = own_answer(401);
            refusal.headers.add("WWW-Authenticate", "Basic realm=\"restricted\"");
            return refusal;
        }
        case ProxyFault::None:
            break;
    }
    return std::nullopt;
}

}  // namespace

asio::awaitable<HttpResponse> Proxy::answer(HttpRequest request) {
    const auto authority = url_authority(request.url);
    const std::string host(authority.substr(0, authority.find(':')));
    if (const auto fault = faults_.find(host); fault != faults_.end()) {
        if (auto response = faulty(fault->second, request)) {
            co_return std::move(*response);
        }
    }
    const auto route = routes_.find(host);
    if (route == routes_.end()) {
        co_return own_answer(200);
    }
    // Held here: the container may be gone before the answer is.
    const std::shared_ptr<Site> site = programs_.running(route->second);
    if (!site) {
        co_return own_answer(502);
    }
    HttpResponse upstream = co_await site->answer(std::move(request));
    if (!programs_.is_running(*site)) {
        co_return own_answer(502);
    }
    HttpResponse response = own_answer(upstream.status, std::move(upstream.body));
    for (const auto& [name, value] : upstream.headers.fields()) {
        response.headers.add(name, value);
    }
    co_return response;
}

}  // namespace wavegate::sandbox
