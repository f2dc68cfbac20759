#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

/// Strict UTF-8 (no overlong forms, no surrogates): Boost.JSON's serialize does not check.
bool is_utf8(std::string_view text);
/// Foreign text as it may stand in a line of a log or a terminal: control characters (C0, DEL, C1),
/// line separators, changes of the writing's direction and bytes that are no UTF-8 are written as
/// `\n`, `\x1b`, `\u202e`.
std::string one_line(std::string_view text);
/// What another side says of its refusal, as it may be shown: one line, cut at 200 bytes, without
/// what may be a secret (quoted texts, addresses, assignments, words of letters and digits).
std::string their_words(std::string_view said);
/// The candidate closest to `wrong` by edit distance, if close enough to be a slip of the hand.
std::optional<std::string> nearest(std::string_view wrong, std::span<const std::string> candidates);
/// The part of an absolute URL from the scheme's "//" to the path: "host", "host:8080".
std::string_view url_authority(std::string_view url);
/// Everything from the path on, "/" when there is none.
std::string_view url_target(std::string_view url);
/// application/x-www-form-urlencoded, and a path segment's percent encoding (RFC 3986 unreserved).
std::string percent_encode(std::string_view text);
bool percent_decode(std::string_view text, std::string& out);
bool iequals(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);

}  // namespace wavegate
