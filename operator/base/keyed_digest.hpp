#pragma once

#include "operator/base/secret.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;

namespace wavegate {

/// `keyed_digest` of a text that comes in pieces, of which nothing is kept.
class KeyedDigest {
  public:
    /// Throws where the library has no HMAC-SHA-256.
    explicit KeyedDigest(const Secret& key);

    void add(std::string_view piece);
    /// The digest of all pieces in lower-case hex; the last call.
    std::string finish();

  private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const;
    };
    std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

}  // namespace wavegate
