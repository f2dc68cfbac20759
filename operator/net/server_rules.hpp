#pragma once

#include "operator/ports/http.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wavegate::net {

/// Why a request is refused by its head alone. Where its body ends is not known then: the
/// connection is closed.
struct HeadFault {
    int status;
    std::string message;
};

/// A request's first line and fields, as they came.
struct RawHead {
    std::string target;
    unsigned version = 11;  ///< 10 or 11
    Headers headers;
};

/// Where RFC 9110 and 9112 are broken, or ask for what is not known here: the form of the target,
/// Host exactly once (HTTP/1.0 may leave it out), Transfer-Encoding, Expect.
std::optional<HeadFault> fault_of(const RawHead& head);

/// Of a head without fault: the absolute URL that is asked for.
std::string url_of(const RawHead& head);

/// Does the sender wait for "100 Continue" before it sends the body?
bool waits_to_continue(const RawHead& head);

}  // namespace wavegate::net
