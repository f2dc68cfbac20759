#include "operator/formats/signature.hpp"

#include "operator/formats/openssl.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <optional>
#include <string>

namespace wavegate::formats {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr std::size_t kP256Bytes = 32;

using Pkey = Owned<EVP_PKEY>;
using PkeyCtx = Owned<EVP_PKEY_CTX>;
using Number = Owned<BIGNUM>;
using DigestCtx = Owned<EVP_MD_CTX>;
using ParamBuilder = Owned<OSSL_PARAM_BLD>;
using Params = Owned<OSSL_PARAM>;
using Signature = Owned<ECDSA_SIG>;

Number number_of(std::string_view bytes) {
    return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Pkey key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const Params params(OSSL_PARAM_BLD_to_param(builder));
    const PkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        return nullptr;
    }
    return Pkey(key);
}

Pkey rsa_key(RsaPublic parts) {
    const Number modulus = number_of(parts.modulus);
    const Number exponent = number_of(parts.exponent);
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !builder || BN_num_bits(modulus.get()) < kMinRsaBits ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
        return nullptr;
    }
    return key_from("RSA", builder.get());
}

/// Refuses points that are not on the curve (EVP_PKEY_fromdata checks it).
Pkey p256_key(P256Public parts) {
    if (parts.x.size() != kP256Bytes || parts.y.size() != kP256Bytes) {
        return nullptr;
    }
    const std::string point = "\x04" + std::string(parts.x) + std::string(parts.y);
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(
            builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(
            builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
        return nullptr;
    }
    return key_from("EC", builder.get());
}

/// JWS carries r and s as 64 raw bytes; OpenSSL verifies nothing but DER.
std::optional<std::string> der_of(std::string_view raw) {
    if (raw.size() != 2 * kP256Bytes) {
        return std::nullopt;
    }
    Number r = number_of(raw.substr(0, kP256Bytes));
    Number s = number_of(raw.substr(kP256Bytes));
    const Signature signature(ECDSA_SIG_new());
    if (!r || !s || !signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
        return std::nullopt;
    }
    (void)r.release();  // owned by the signature now
    (void)s.release();
    unsigned char* bytes = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
    if (size <= 0) {
        return std::nullopt;
    }
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

bool holds(EVP_PKEY* key, std::string_view text, std::string_view signature) {
    const DigestCtx context(EVP_MD_CTX_new());
    const bool good =
        context && key != nullptr &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestVerify(
            context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
    // Nobody reads OpenSSL's queue of errors; what is left in it would confuse the next reader.
    ERR_clear_error();
    return good;
}

}  // namespace

bool verify_rs256(RsaPublic key, std::string_view text, std::string_view signature) {
    const Pkey pkey = rsa_key(key);
    return holds(pkey.get(), text, signature);
}

bool verify_es256(P256Public key, std::string_view text, std::string_view signature) {
    const Pkey pkey = p256_key(key);
    const auto der = der_of(signature);
    return der && holds(pkey.get(), text, *der);
}

}  // namespace wavegate::formats
