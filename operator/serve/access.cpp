#include "operator/serve/access.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <algorithm>
#include <array>

namespace wavegate::serve {
namespace {

bool equals(std::string_view presented, std::string expected) {
    const Secret wanted(std::move(expected));
    return Secret::copy_of(presented) == wanted;
}

}  // namespace

bool bears(const HttpRequest& request, const Secret& token) {
    constexpr std::string_view scheme = "Bearer ";
    const auto header = request.headers.get("Authorization").value_or("");
    if (header.size() <= scheme.size() || !iequals(header.substr(0, scheme.size()), scheme)) {
        return false;
    }
    return Secret::copy_of(trim(header.substr(scheme.size()))) == token;
}

bool is_same_origin(const HttpRequest& request) {
    const auto site = request.headers.get("Sec-Fetch-Site");
    if (site && *site != "same-origin" && *site != "none") {
        return false;
    }
    const auto origin = request.headers.get("Origin");
    // The scheme may differ: TLS ends at the proxy before us.
    return !origin || iequals(url_authority(*origin), url_authority(request.url));
}

bool is_own_name(const HttpRequest& request, const std::vector<std::string>& hosts) {
    constexpr std::array<std::string_view, 6> private_domains{
        ".localhost", ".local", ".internal", ".arpa", ".lan", ".test"};
    std::string name = to_lower(url_authority(request.url));
    if (name.starts_with('[')) {
        return true;  // an IPv6 address
    }
    name.erase(std::min(name.find(':'), name.size()));
    if (name.ends_with('.')) {
        name.pop_back();
    }
    const bool address = name.find_first_not_of("0123456789.") == std::string::npos;
    const bool single = name.find('.') == std::string::npos;
    const bool ours =
        std::any_of(private_domains.begin(), private_domains.end(), [&](std::string_view domain) {
            return name.ends_with(domain);
        });
    return address || single || ours || std::find(hosts.begin(), hosts.end(), name) != hosts.end();
}

bool is_signed(const HttpRequest& request, const Secret& secret) {
    if (secret.empty()) {
        return false;
    }
    constexpr std::string_view scheme = "sha256=";
    if (const auto github = request.headers.get("X-Hub-Signature-256")) {
        return github->starts_with(scheme) &&
               equals(github->substr(scheme.size()), keyed_digest(secret, request.body));
    }
    if (const auto gitea = request.headers.get("X-Gitea-Signature")) {
        return equals(*gitea, keyed_digest(secret, request.body));
    }
    const auto gitlab = request.headers.get("X-Gitlab-Token");
    return gitlab && Secret::copy_of(*gitlab) == secret;
}

TokenBucket::TokenBucket(double per_second, double burst)
    : per_second_(per_second), burst_(burst), tokens_(burst) {}

bool TokenBucket::take(Mono now) {
    const auto passed = filled_ ? now - *filled_ : Duration(0);
    filled_ = now;
    const double gained = static_cast<double>(passed.count()) / 1000.0 * per_second_;
    tokens_ = std::min(burst_, tokens_ + gained);
    if (tokens_ < 1) {
        return false;
    }
    tokens_ -= 1;
    return true;
}

}  // namespace wavegate::serve
