#include "operator/base/digest.hpp"
#include "operator/formats/jwt.hpp"
#include "operator/formats/openssl.hpp"

#include <boost/json/serialize.hpp>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <utility>

namespace wavegate::formats {
namespace {

namespace json = boost::json;

constexpr int kMinBits = 2048;

std::string number_in(const EVP_PKEY* key, const char* name) {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &value) != 1) {
        throw std::runtime_error("OpenSSL can't read an RSA key");
    }
    const Owned<BIGNUM> owned(value);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    return base64url_encode(bytes);
}

}  // namespace

struct RsaKey::Impl {
    Owned<EVP_PKEY> key;
};

RsaKey::RsaKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<RsaKey> RsaKey::from_pem(std::string_view pem) {
    const Owned<BIO> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    // Without a callback OpenSSL would ask for the password of a locked key on the terminal.
    const auto no_password = [](char*, int, int, void*) { return 0; };
    Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr));
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(key.get()) < kMinBits) {
        ERR_clear_error();
        return Error(ErrorKind::Invalid, "not a private RSA key of at least 2048 bits in PEM");
    }
    return RsaKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

RsaKey RsaKey::generate() {
    Owned<EVP_PKEY> key(EVP_RSA_gen(kMinBits));
    if (!key) {
        throw std::runtime_error("OpenSSL can't generate RSA keys");
    }
    return RsaKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

std::string RsaKey::sign(const json::object& claims, std::string_view kid) const {
    const json::object header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", kid}};
    std::string token =
        base64url_encode(json::serialize(header)) + "." + base64url_encode(json::serialize(claims));
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(impl_->key.get())), '\0');
    std::size_t size = signature.size();
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) != 1 ||
        EVP_DigestSign(
            context.get(),
            reinterpret_cast<unsigned char*>(signature.data()),
            &size,
            bytes_of(token),
            token.size()) != 1) {
        throw std::runtime_error("OpenSSL can't sign with RSA");
    }
    signature.resize(size);
    return token + "." + base64url_encode(signature);
}

json::object RsaKey::jwk(std::string_view kid) const {
    return {
        {"kty", "RSA"},
        {"use", "sig"},
        {"alg", "RS256"},
        {"kid", kid},
        {"n", number_in(impl_->key.get(), OSSL_PKEY_PARAM_RSA_N)},
        {"e", number_in(impl_->key.get(), OSSL_PKEY_PARAM_RSA_E)}};
}

}  // namespace wavegate::formats
