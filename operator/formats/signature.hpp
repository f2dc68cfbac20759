#pragma once

#include <string_view>

namespace wavegate::formats {

/// Big-endian numbers, as RFC 7518 §6.3 gives them.
struct RsaPublic {
    std::string_view modulus;
    std::string_view exponent;
};
/// Affine coordinates on P-256, 32 bytes each (RFC 7518 §6.2).
struct P256Public {
    std::string_view x;
    std::string_view y;
};

/// RSASSA-PKCS1-v1_5 with SHA-256. False for keys under 2048 bits too.
bool verify_rs256(RsaPublic key, std::string_view text, std::string_view signature);
/// ECDSA on P-256 with SHA-256, the signature being r and s as 64 raw bytes (RFC 7518 §3.4).
/// False for points off the curve too.
bool verify_es256(P256Public key, std::string_view text, std::string_view signature);

}  // namespace wavegate::formats
