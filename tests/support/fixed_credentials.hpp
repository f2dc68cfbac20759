#pragma once

#include "operator/ports/credentials.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::testing {

/// Knows the secrets it was told, and remembers to which URL each was to be sent.
class FixedCredentials final : public Credentials {
  public:
    void set(std::string reference, std::string secret) {
        secrets_[std::move(reference)] = std::move(secret);
    }
    /// "reference for URL", in order.
    [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

    Task<SecretValue> resolve(Reference reference, std::string url) override {
        asked_.push_back(reference.text + " for " + url);
        const auto found = secrets_.find(reference.text);
        if (found == secrets_.end()) {
            co_return Error(ErrorKind::NotFound, "no such secret");
        }
        co_return make_secret(std::string(found->second));
    }

  private:
    std::map<std::string, std::string> secrets_;
    std::vector<std::string> asked_;
};

}  // namespace wavegate::testing
