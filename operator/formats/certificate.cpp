#include "operator/formats/certificate.hpp"

#include "operator/formats/openssl.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>

namespace wavegate::formats {
namespace {

Owned<BIO> reader(std::string_view text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Error unfit(const char* why) {
    ERR_clear_error();
    return {ErrorKind::Invalid, why};
}

}  // namespace

Result<void> check_client_certificate(std::string_view certificate, const Secret& key, Wall now) {
    const auto source = reader(certificate);
    const Owned<X509> shown(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (!shown) {
        return unfit("the client certificate's file holds no certificate in PEM");
    }
    // Without a callback OpenSSL would ask for the passphrase on the terminal.
    const auto no_passphrase = [](char*, int, int, void*) { return 0; };
    const Owned<EVP_PKEY> own(key.reveal([&](std::string_view text) {
        const auto from = reader(text);
        return PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr);
    }));
    if (!own) {
        return unfit("the client key's file holds no private key in PEM without a passphrase");
    }
    if (X509_check_private_key(shown.get(), own.get()) != 1) {
        return unfit("the client certificate and the client key do not belong together");
    }
    std::time_t at = std::chrono::system_clock::to_time_t(now);
    if (X509_cmp_time(X509_get0_notAfter(shown.get()), &at) < 0) {
        return unfit("the client certificate has expired");
    }
    if (X509_cmp_time(X509_get0_notBefore(shown.get()), &at) > 0) {
        return unfit("the client certificate is not valid yet");
    }
    return {};
}

}  // namespace wavegate::formats
