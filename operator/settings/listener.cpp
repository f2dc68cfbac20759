#include "operator/settings/listener.hpp"

namespace wavegate::settings {
namespace {

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address.starts_with("[::1]") ||
           address.starts_with("localhost:");
}

}  // namespace

Result<void> may_listen(const Config& config) {
    if (is_loopback(config.listen) || !bearers_of(config).empty()) {
        return {};
    }
    return Error(
        ErrorKind::Invalid,
        "listen: other machines reach " + config.listen +
            ", and there is no token: add to operator.yaml `auth: { tokenRef: "
            "\"file:/run/secrets/wavegate\" }` (or set WAVEGATE_AUTH_TOKEN_REF), or listen on "
            "127.0.0.1:8080");
}

}  // namespace wavegate::settings
