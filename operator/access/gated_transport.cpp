#include "operator/access/gated_transport.hpp"

#include <utility>

namespace wavegate::access {

Task<HttpResponse> GatedTransport::send(HttpRequest request) {
    if (!request.secret_headers.empty() && request.credentials.empty()) {
        co_return Error(ErrorKind::Internal, "a request carries a credential without its name");
    }
    for (const auto& credential : request.credentials) {
        auto allowed = gate_.may_send(credential, request.url);
        if (!allowed) {
            co_return allowed.take_error();
        }
    }
    co_return co_await inner_.send(std::move(request));
}

}  // namespace wavegate::access
