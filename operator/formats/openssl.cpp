#include "operator/formats/openssl.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

namespace wavegate::formats {

void OpensslFree::operator()(BIGNUM* object) const {
    BN_free(object);
}
void OpensslFree::operator()(BIO* object) const {
    BIO_free(object);
}
void OpensslFree::operator()(ECDSA_SIG* object) const {
    ECDSA_SIG_free(object);
}
void OpensslFree::operator()(EVP_MD_CTX* object) const {
    EVP_MD_CTX_free(object);
}
void OpensslFree::operator()(EVP_PKEY_CTX* object) const {
    EVP_PKEY_CTX_free(object);
}
void OpensslFree::operator()(EVP_PKEY* object) const {
    EVP_PKEY_free(object);
}
void OpensslFree::operator()(OSSL_PARAM_BLD* object) const {
    OSSL_PARAM_BLD_free(object);
}
void OpensslFree::operator()(OSSL_PARAM* object) const {
    OSSL_PARAM_free(object);
}
void OpensslFree::operator()(X509* object) const {
    X509_free(object);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace wavegate::formats
