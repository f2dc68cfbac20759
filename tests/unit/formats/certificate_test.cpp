#include "operator/formats/certificate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wavegate::formats {
namespace {

// Valid throughout 2026.
constexpr auto* kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBDTCBtAIBATAKBggqhkjOPQQDAjATMREwDwYDVQQDDAh3YXZlZ2F0ZTAeFw0y\n"
    "NjAxMDEwMDAwMDBaFw0yNzAxMDEwMDAwMDBaMBMxETAPBgNVBAMMCHdhdmVnYXRl\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXNdRaNwix5EA0gn/5giMOJHGG5G4\n"
    "7/kZ9hc2VcD/OtOA4SYsR/hgQEmmyDva7gDE/VLFAc3xs17PJadZi1DzZzAKBggq\n"
    "hkjOPQQDAgNIADBFAiEAuoNZ2OGY9rhYbpm0GpRlUTpPIdV5VWAg/MA1wp++M0kC\n"
    "IAOPVwMTB6cBvFSqm78RnV9mV2rcwH6iFMQ2EPZfmwvT\n"
    "-----END CERTIFICATE-----\n";
constexpr auto* kKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfM2eLbZHDeO1z859\n"
    "WmQj1akqL5jPkwVr3Z34nIH0kgShRANCAARc11Fo3CLHkQDSCf/mCIw4kcYbkbjv\n"
    "+Rn2FzZVwP8604DhJixH+GBASabIO9ruAMT9UsUBzfGzXs8lp1mLUPNn\n"
    "-----END PRIVATE KEY-----\n";
constexpr auto* kAnotherKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpkpJBqVf5EcQne6C\n"
    "FafUO0lfFxy6uj4k0NrcWalPIgKhRANCAARXScpq3V4Ya1Nr2tGDmFNVTIdM92od\n"
    "Wtg+2Iakox6pznJcUooAqMBHQRMJqVAhlifai5mZcLa3ZHQDlISVmuwu\n"
    "-----END PRIVATE KEY-----\n";
// The first key once more, with a passphrase.
constexpr auto* kLockedKey =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhdVrSACQsl3AICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEED0FLR3ezAsE7R9j0KW3kLEEgZAP\n"
    "OWIvWfFHPq01pDRt/kijg9gIQcPkQODvUUH4IKIAohxI2C1RVtih8Wx7O+tPSdY9\n"
    "W5KIbED9uihy+tyRMjibLSFphk99WnY1/oQnK1/Nl4ZcZpHM7RY7EZentHq4qMeq\n"
    "HZkPSrextbhkfEgR+KQC6Q9D4q+E8kw3lrGIuUWcaEHJ03gVPIvRJFDRvNxqKoQ=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

std::string fault(std::string_view certificate, std::string_view key, const char* now) {
    auto checked = check_client_certificate(certificate, Secret::copy_of(key), *parse_rfc3339(now));
    return checked ? std::string() : checked.error().message();
}

TEST(ClientCertificate, IsGoodWithItsOwnKeyInItsTime) {
    EXPECT_EQ(fault(kCertificate, kKey, "2026-06-01T00:00:00Z"), "");
}

TEST(ClientCertificate, IsNotGoodBeforeAndAfterItsTime) {
    EXPECT_EQ(
        fault(kCertificate, kKey, "2025-12-31T23:59:59Z"),
        "the client certificate is not valid yet");
    EXPECT_EQ(
        fault(kCertificate, kKey, "2027-01-01T00:00:01Z"), "the client certificate has expired");
}

TEST(ClientCertificate, NeedsTheKeyThatItWasMadeFor) {
    EXPECT_EQ(
        fault(kCertificate, kAnotherKey, "2026-06-01T00:00:00Z"),
        "the client certificate and the client key do not belong together");
}

TEST(ClientCertificate, NeedsAKeyWithoutAPassphraseAndAsksForNone) {
    EXPECT_EQ(
        fault(kCertificate, kLockedKey, "2026-06-01T00:00:00Z"),
        "the client key's file holds no private key in PEM without a passphrase");
}

TEST(ClientCertificate, IsPem) {
    EXPECT_EQ(
        fault(kKey, kKey, "2026-06-01T00:00:00Z"),
        "the client certificate's file holds no certificate in PEM");
    EXPECT_EQ(
        fault(kCertificate, "", "2026-06-01T00:00:00Z"),
        "the client key's file holds no private key in PEM without a passphrase");
}

}  // namespace
}  // namespace wavegate::formats
