#include "operator/base/error.hpp"

namespace wavegate {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::Invalid:
            return "Invalid";
        case ErrorKind::NotFound:
            return "NotFound";
        case ErrorKind::Conflict:
            return "Conflict";
        case ErrorKind::Denied:
            return "Denied";
        case ErrorKind::Throttled:
            return "Throttled";
        case ErrorKind::Unavailable:
            return "Unavailable";
        case ErrorKind::Timeout:
            return "Timeout";
        case ErrorKind::Cancelled:
            return "Cancelled";
        case ErrorKind::Protocol:
            return "Protocol";
        case ErrorKind::Internal:
            return "Internal";
    }
    return "Internal";
}

}  // namespace wavegate
