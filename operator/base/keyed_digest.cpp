#include "operator/base/keyed_digest.hpp"

#include "operator/base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>

namespace wavegate {
namespace {

void require_hmac(bool done) {
    if (!done) {
        throw std::runtime_error("HMAC-SHA-256 is not available");
    }
}

const unsigned char* octets_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

evp_mac_ctx_st* new_context() {
    auto* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    auto* context = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);  // the context holds it too
    return context;
}

}  // namespace

void KeyedDigest::Free::operator()(evp_mac_ctx_st* context) const {
    EVP_MAC_CTX_free(context);
}

KeyedDigest::KeyedDigest(const Secret& key) : context_(new_context()) {
    require_hmac(context_ != nullptr);
    std::string name = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    require_hmac(key.reveal([&](std::string_view text) {
        return EVP_MAC_init(context_.get(), octets_of(text), text.size(), parameters.data()) == 1;
    }));
}

void KeyedDigest::add(std::string_view piece) {
    require_hmac(EVP_MAC_update(context_.get(), octets_of(piece), piece.size()) == 1);
}

std::string KeyedDigest::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t size = 0;
    require_hmac(EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()) == 1);
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace wavegate
