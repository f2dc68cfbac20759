#pragma once

#include <memory>
#include <string_view>

// OpenSSL's own names of its types: no header of ours includes its headers.
struct bignum_st;
struct bio_st;
struct ECDSA_SIG_st;
struct evp_md_ctx_st;
struct evp_pkey_ctx_st;
struct evp_pkey_st;
struct ossl_param_bld_st;
struct ossl_param_st;
struct x509_st;

namespace wavegate::formats {

struct OpensslFree {
    void operator()(bignum_st* object) const;
    void operator()(bio_st* object) const;
    void operator()(ECDSA_SIG_st* object) const;
    void operator()(evp_md_ctx_st* object) const;
    void operator()(evp_pkey_ctx_st* object) const;
    void operator()(evp_pkey_st* object) const;
    void operator()(ossl_param_bld_st* object) const;
    void operator()(ossl_param_st* object) const;
    void operator()(x509_st* object) const;
};
/// What OpenSSL handed over to its caller.
template <class T>
using Owned = std::unique_ptr<T, OpensslFree>;

/// As OpenSSL takes bytes.
const unsigned char* bytes_of(std::string_view text);

}  // namespace wavegate::formats
