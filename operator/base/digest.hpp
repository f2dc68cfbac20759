#pragma once

#include "operator/base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

/// SHA-256 in lower-case hex: for ids and for comparing what is public.
std::string sha256_hex(std::string_view text);
/// The first `digits` hex digits of it: for names.
std::string short_hash(std::string_view text, std::size_t digits = 10);

/// HMAC-SHA-256 in hex: the only digest a secret may leave in the store.
std::string keyed_digest(const Secret& key, std::string_view text);

/// Standard alphabet with padding.
std::string base64_encode(std::string_view bytes);
/// RFC 4648 §5 without padding, as JWTs use it.
std::string base64url_encode(std::string_view bytes);
/// Both alphabets; false when the text is neither.
bool base64_decode(std::string_view text, std::string& out);

std::string to_hex(std::string_view bytes);

}  // namespace wavegate
