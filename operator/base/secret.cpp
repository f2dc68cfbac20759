#include "operator/base/secret.hpp"

#include <openssl/crypto.h>

namespace wavegate {

Secret::Secret(std::string&& source) : bytes_(source.begin(), source.end()) {
    wavegate::wipe(source);
}

Secret Secret::copy_of(std::string_view text) {
    Secret secret;
    secret.bytes_.assign(text.begin(), text.end());
    return secret;
}

Secret::~Secret() {
    wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
    }
    return *this;
}

Secret Secret::clone() const {
    return reveal([](std::string_view text) { return copy_of(text); });
}

void Secret::wipe() noexcept {
    if (!bytes_.empty()) {
        OPENSSL_cleanse(bytes_.data(), bytes_.size());
    }
}

bool operator==(const Secret& a, const Secret& b) {
    return a.size() == b.size() &&
           (a.empty() || CRYPTO_memcmp(a.bytes_.data(), b.bytes_.data(), a.size()) == 0);
}

SecretValue make_secret(std::string&& source) {
    return std::make_shared<const Secret>(std::move(source));
}

void wipe(std::string& text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace wavegate
