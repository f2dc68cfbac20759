#include "operator/settings/origins.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

namespace wavegate::settings {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kHostSigns = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
constexpr std::string_view kAddressSigns = "0123456789abcdef:.";
constexpr int kHighestPort = 65'535;

int port_of_scheme(std::string_view scheme) {
    if (scheme == "https") {
        return 443;
    }
    if (scheme == "http") {
        return 80;
    }
    return scheme == "ssh" ? 22 : 0;
}

std::optional<int> parse_port(std::string_view digits) {
    int port = 0;
    const auto* end = digits.data() + digits.size();
    const auto [last, failed] = std::from_chars(digits.data(), end, port);
    const bool good = failed == std::errc() && last == end && port > 0 && port <= kHighestPort;
    return good ? std::optional(port) : std::nullopt;
}

bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        return host.size() > 2 && host.ends_with(']') &&
               host.substr(1, host.size() - 2).find_first_not_of(kAddressSigns) ==
                   std::string_view::npos;
    }
    return !host.empty() && host.front() != '.' && host.back() != '.' &&
           host.find("..") == std::string_view::npos &&
           host.find_first_not_of(kHostSigns) == std::string_view::npos;
}

/// Would a resolver read it as an address (127.1, 0x7f000001, [::1])?
bool is_address(std::string_view host) {
    if (host.starts_with('[')) {
        return true;
    }
    const auto last = host.substr(host.rfind('.') + 1);
    const bool hex = last.starts_with("0x");
    const auto digits = hex ? last.substr(2) : last;
    const auto* const allowed = hex ? "0123456789abcdef" : "0123456789";
    return digits.find_first_not_of(allowed) == std::string_view::npos;
}

struct Authority {
    std::string host;
    std::string_view port;  ///< empty: none
};

/// "host:port", "[::1]:port"
Authority split(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    Authority parts;
    parts.host = to_lower(authority.substr(0, colon));
    if (colon != std::string_view::npos) {
        parts.port = authority.substr(colon + 1);
        if (parts.port.empty()) {
            parts.host.clear();  // "host:" is no authority
        }
    }
    return parts;
}

std::optional<WebOrigin> of_authority(std::string scheme, std::string_view authority) {
    auto parts = split(authority);
    WebOrigin origin;
    origin.port = port_of_scheme(scheme);
    origin.scheme = std::move(scheme);
    if (!parts.port.empty()) {
        const auto port = parse_port(parts.port);
        if (!port) {
            return std::nullopt;
        }
        origin.port = *port;
    }
    if (!is_host(parts.host)) {
        return std::nullopt;
    }
    origin.host = std::move(parts.host);
    return origin;
}

/// A path below the root that is written in the one way there is.
std::optional<WebOrigin> of_path(std::string_view path) {
    const std::filesystem::path as(path);
    const bool plain = path.starts_with('/') && path.size() > 1 &&
                       path.find_first_of("%?#\\") == std::string_view::npos &&
                       as.lexically_normal().native() == as.native();
    if (!plain) {
        return std::nullopt;
    }
    return WebOrigin{"file", std::string(path), 0};
}

/// git@host:path
std::optional<WebOrigin> of_short_form(std::string_view url) {
    const auto at = url.find('@');
    const auto colon = url.find(':', at == std::string_view::npos ? 0 : at);
    if (at == std::string_view::npos || colon == std::string_view::npos) {
        return std::nullopt;
    }
    return of_authority("ssh", url.substr(at + 1, colon - at - 1));
}

Error unfit(std::string_view why) {
    return {ErrorKind::Invalid, std::string(why)};
}

}  // namespace

std::optional<WebOrigin> origin_of(std::string_view url) {
    if (url.starts_with(kFile)) {
        return of_path(url.substr(kFile.size()));
    }
    const auto slashes = url.find("://");
    if (slashes == std::string_view::npos) {
        return of_short_form(url);
    }
    auto scheme = to_lower(url.substr(0, slashes));
    if (scheme != "http" && scheme != "https" && scheme != "ssh") {
        return std::nullopt;
    }
    auto authority = url.substr(slashes + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos && scheme == "ssh") {
        authority = authority.substr(at + 1);
    }
    return of_authority(std::move(scheme), authority);
}

std::string to_text(const WebOrigin& origin) {
    auto text = origin.scheme + "://" + origin.host;
    if (origin.port != port_of_scheme(origin.scheme)) {
        text += ":" + std::to_string(origin.port);
    }
    return text;
}

bool same_origin(std::string_view a, std::string_view b) {
    const auto one = origin_of(a);
    const auto other = origin_of(b);
    return one && other && one->scheme == other->scheme && one->host == other->host &&
           one->port == other->port;
}

Result<OriginPattern> parse_origin(std::string_view text) {
    OriginPattern pattern;
    pattern.text = text;
    auto rest = pattern.text;
    const auto slashes = rest.find("://");
    if (slashes == std::string::npos) {
        return unfit(
            "is no origin like https://portainer.example or http://10.0.0.5:8080: its "
            "scheme is missing");
    }
    if (const auto tail = rest.find_first_of("/?#", slashes + 3);
        tail != std::string::npos && !rest.starts_with(kFile)) {
        return unfit("is no origin: nothing stands behind host and port");
    }
    if (rest.ends_with(":*")) {
        pattern.any_port = true;
        rest.resize(rest.size() - 2);
    }
    if (rest.substr(slashes + 3).starts_with("*.")) {
        pattern.any_label = true;
        rest.erase(slashes + 3, 2);
    }
    const bool alone = rest.substr(slashes + 3) == "*" || rest.substr(slashes + 3, 2) == "*:";
    if (alone) {
        // A name of one label, which takes no more than one sign to stand for it.
        pattern.any_label = true;
        rest.replace(slashes + 3, 1, "x");
    }
    auto origin = origin_of(rest);
    const bool user = rest.find('@') != std::string::npos;
    if (!origin || user || (pattern.any_label && is_address(origin->host))) {
        return unfit(
            "is no origin like https://portainer.example, http://*.example (* is one "
            "label, the leftmost) or http://10.0.0.5:* (any port)");
    }
    pattern.origin = std::move(*origin);
    if (alone) {
        pattern.origin.host.clear();
    }
    return pattern;
}

bool admits(const OriginPattern& pattern, const WebOrigin& origin) {
    const auto& wanted = pattern.origin;
    if (wanted.scheme != origin.scheme) {
        return false;
    }
    if (wanted.scheme == "file") {
        return origin.host == wanted.host || origin.host.starts_with(wanted.host + "/");
    }
    if (!pattern.any_port && wanted.port != origin.port) {
        return false;
    }
    if (!pattern.any_label) {
        return origin.host == wanted.host;
    }
    if (is_address(origin.host)) {
        return false;
    }
    const auto dot = origin.host.find('.');
    if (dot == std::string::npos) {
        return wanted.host.empty();
    }
    return dot > 0 && !wanted.host.empty() &&
           std::string_view(origin.host).substr(dot + 1) == wanted.host;
}

bool admits_any(const std::vector<OriginPattern>& patterns, std::string_view url) {
    const auto origin = origin_of(url);
    return origin && std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
               return admits(pattern, *origin);
           });
}

std::string to_text(const std::vector<OriginPattern>& patterns) {
    std::string text;
    for (const auto& pattern : patterns) {
        text += (text.empty() ? "" : ", ") + pattern.text;
    }
    return text;
}

}  // namespace wavegate::settings
