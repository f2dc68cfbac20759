#pragma once

#include "operator/base/result.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// A token whose signature holds. What its claims are worth is the caller's to judge.
struct Jwt {
    std::string kid;
    std::string algorithm;
    boost::json::object claims;
};

/// Checks the signature against a JWKS document (JSON text). The algorithm comes from the key,
/// never from the token; RS256 and ES256 only; keys with `use` other than "sig" are passed over.
/// A token without `kid` is checked only where one signing key stands alone.
/// Invalid: not a JWT, unknown key, wrong signature. Protocol: the key set is none. Messages name
/// the reason, never the token.
Result<Jwt> verify_jwt(std::string_view token, std::string_view jwks);

/// A private RSA key that signs RS256 tokens; for the sandbox's identity provider.
class RsaKey {
  public:
    static Result<RsaKey> from_pem(std::string_view pem);
    /// A new 2048-bit key.
    static RsaKey generate();

    [[nodiscard]] std::string sign(const boost::json::object& claims, std::string_view kid) const;
    /// The public half as a JWK with use "sig" and alg "RS256".
    [[nodiscard]] boost::json::object jwk(std::string_view kid) const;

  private:
    struct Impl;
    explicit RsaKey(std::shared_ptr<const Impl> impl);
    std::shared_ptr<const Impl> impl_;
};

}  // namespace wavegate::formats
