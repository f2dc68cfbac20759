#include "operator/base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace wavegate {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encode(std::string_view bytes, std::string_view alphabet, bool pad) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char c : bytes) {
        buffer = (buffer << 8U) | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out += alphabet[(buffer >> static_cast<unsigned>(bits)) & 0x3FU];
        }
    }
    if (bits > 0) {
        out += alphabet[(buffer << static_cast<unsigned>(6 - bits)) & 0x3FU];
    }
    while (pad && out.size() % 4 != 0) {
        out += '=';
    }
    return out;
}

int sextet(char c) {
    if (auto at = kStandard.find(c); at != std::string_view::npos) {
        return static_cast<int>(at);
    }
    if (auto at = kUrl.find(c); at != std::string_view::npos) {
        return static_cast<int>(at);
    }
    return -1;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
    return out;
}

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 is not available");
    }
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string short_hash(std::string_view text, std::size_t digits) {
    return sha256_hex(text).substr(0, digits);
}

std::string keyed_digest(const Secret& key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const bool ok = key.reveal([&](std::string_view k) {
        return HMAC(
                   EVP_sha256(),
                   k.data(),
                   static_cast<int>(k.size()),
                   bytes_of(text),
                   text.size(),
                   digest.data(),
                   &size) != nullptr;
    });
    if (!ok) {
        throw std::runtime_error("HMAC-SHA-256 is not available");
    }
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string base64_encode(std::string_view bytes) {
    return encode(bytes, kStandard, true);
}

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrl, false);
}

bool base64_decode(std::string_view text, std::string& out) {
    while (!text.empty() && text.back() == '=') {
        text.remove_suffix(1);
    }
    out.clear();
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = sextet(c);
        if (value < 0) {
            return false;
        }
        buffer = (buffer << 6U) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>((buffer >> static_cast<unsigned>(bits)) & 0xFFU);
        }
    }
    return text.size() % 4 != 1;
}

}  // namespace wavegate
