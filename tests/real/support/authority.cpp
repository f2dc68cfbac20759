#include "tests/real/support/authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {
namespace {

constexpr long kDay = 24L * 60 * 60;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using File = std::unique_ptr<std::FILE, Free>;

File open(const std::string& path, const char* mode) {
    File file(std::fopen(path.c_str(), mode));
    if (!file) {
        throw std::runtime_error("cannot open " + path);
    }
    return file;
}

/// A leaf when `issuer` is there, else an authority that signs itself.
Certificate make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* by, int days) {
    static long serial = 1;
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3 * kDay);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), days * kDay);
    auto* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(
        subject,
        "CN",
        MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(name.c_str()),
        -1,
        -1,
        0);
    X509_set_issuer_name(made.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer));
    X509_set_pubkey(made.get(), key);
    const auto extend = [&](int what, const char* value) {
        X509V3_CTX context;
        X509V3_set_ctx(
            &context, issuer == nullptr ? made.get() : issuer, made.get(), nullptr, nullptr, 0);
        auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
        X509_add_ext(made.get(), extension, -1);
        X509_EXTENSION_free(extension);
    };
    if (issuer == nullptr) {
        extend(NID_basic_constraints, "critical,CA:TRUE");
        extend(NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
        extend(NID_ext_key_usage, "serverAuth,clientAuth");
    }
    if (X509_sign(made.get(), by, EVP_sha256()) == 0) {
        throw std::runtime_error("cannot sign a certificate");
    }
    return made;
}

void write(const std::string& file, X509* certificate) {
    PEM_write_X509(open(file, "w").get(), certificate);
}

void write(const std::string& file, EVP_PKEY* key) {
    PEM_write_PrivateKey(open(file, "w").get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

Authority::Authority(std::string folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)) {
    const Key key(EVP_EC_gen("P-256"));
    write(ca_file(), make(name_, key.get(), nullptr, key.get(), 10).get());
    write(ca_file() + ".key", key.get());
}

Leaf Authority::issue(const std::string& name, int days) const {
    const Certificate issuer(PEM_read_X509(open(ca_file(), "r").get(), nullptr, nullptr, nullptr));
    const Key by(
        PEM_read_PrivateKey(open(ca_file() + ".key", "r").get(), nullptr, nullptr, nullptr));
    const Key key(EVP_EC_gen("P-256"));
    Leaf leaf{folder_ + "/" + name + ".crt", folder_ + "/" + name + ".key"};
    write(leaf.certificate_file, make(name, key.get(), issuer.get(), by.get(), days).get());
    write(leaf.key_file, key.get());
    return leaf;
}

}  // namespace wavegate::testing
