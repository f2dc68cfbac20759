#include "operator/net/refusals.hpp"

#include <string>

namespace wavegate::net {
namespace {

Error proxy_wants_credentials() {
    return {ErrorKind::Denied, "the proxy does not take our credentials, or there are none"};
}
Error no_client_certificate() {
    return {ErrorKind::Denied, "the server asks for a client certificate (clientCertificateFile)"};
}
Error client_certificate_refused() {
    return {ErrorKind::Denied, "the server does not take our client certificate"};
}

}  // namespace

std::optional<Error> refusal_in(const HttpResponse& response, bool by_proxy) {
    if (response.status == 407 && by_proxy) {
        return proxy_wants_credentials();
    }
    if (response.status != 400) {
        return std::nullopt;
    }
    if (response.body.find("<title>400 No required SSL certificate") != std::string::npos) {
        return no_client_certificate();
    }
    if (response.body.find("<title>400 The SSL certificate error") != std::string::npos) {
        return client_certificate_refused();
    }
    return std::nullopt;
}

std::optional<Error> refusal_of_tunnel(long status) {
    // 401 is tinyproxy's answer to a wrong password.
    if (status == 407 || status == 401) {
        return proxy_wants_credentials();
    }
    if (status == 403) {
        return Error(ErrorKind::Denied, "the proxy lets nobody through to this host");
    }
    if (status >= 300) {
        return Error(ErrorKind::Unavailable, "the proxy finds no way to this host");
    }
    return std::nullopt;
}

std::optional<Error> refusal_by_alert(std::string_view said) {
    if (said.find("alert certificate required") != std::string_view::npos) {
        return no_client_certificate();
    }
    for (const auto* alert :
         {"alert unknown ca",
          "alert bad certificate",
          "alert certificate expired",
          "alert certificate revoked",
          "alert certificate unknown",
          "alert unsupported certificate"}) {
        if (said.find(alert) != std::string_view::npos) {
            return client_certificate_refused();
        }
    }
    return std::nullopt;
}

Error distrust(std::string_view said) {
    if (said.find("subject name") != std::string_view::npos) {
        return {ErrorKind::Unavailable, "the server's certificate is another host's"};
    }
    if (said.find("expired") != std::string_view::npos) {
        return {ErrorKind::Unavailable, "the server's certificate has expired"};
    }
    return {
        ErrorKind::Unavailable,
        "the server's certificate is of no authority that is trusted (caFile)"};
}

}  // namespace wavegate::net
