#include "operator/net/status.hpp"

#include <charconv>
#include <chrono>
#include <utility>

namespace wavegate::net {

ErrorKind kind_of_status(int status) {
    switch (status) {
        case 400:
        case 422:
            return ErrorKind::Invalid;
        case 401:
        case 403:
            return ErrorKind::Denied;
        case 404:
            return ErrorKind::NotFound;
        case 409:
            return ErrorKind::Conflict;
        case 429:
            return ErrorKind::Throttled;
        default:
            return status >= 500 ? ErrorKind::Unavailable : ErrorKind::Protocol;
    }
}

Error with_status(Error error, const HttpResponse& response) {
    const auto wait = response.headers.get("Retry-After").value_or("");
    int seconds = 0;
    std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    if (seconds > 0) {
        error = std::move(error).with_retry_after(std::chrono::seconds(seconds));
    }
    return std::move(error).with_status(response.status);
}

}  // namespace wavegate::net
