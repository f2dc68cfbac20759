#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"

#include <string_view>

namespace wavegate::formats {

/// Whether a client may show this certificate (PEM, the client's first) with this private key
/// (PEM) at that time. Invalid: one is not what it should be, the key has a passphrase or is
/// another certificate's, or the certificate's time is over or not yet come.
Result<void> check_client_certificate(std::string_view certificate, const Secret& key, Wall now);

}  // namespace wavegate::formats
