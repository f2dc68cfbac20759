#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/task.hpp"
#include "operator/model/desired.hpp"

#include <string>

namespace wavegate {

/// Turns references of the desired state into secrets, as far as `operator.yaml` allows.
class Credentials {
  public:
    virtual ~Credentials() = default;
    /// `url`: what the secret will be sent to; its origin counts. Read anew at each call, so that
    /// a rotated file counts. Denied: the reference is not allowed, or not for that origin.
    /// NotFound: no such variable, file or key.
    virtual Task<SecretValue> resolve(Reference reference, std::string url) = 0;
};

}  // namespace wavegate
