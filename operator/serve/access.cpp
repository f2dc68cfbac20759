#include "operator/serve/access.hpp"

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

const Person* bearer_of(const HttpRequest& request, const std::vector<Bearer>& bearers) {
    constexpr std::string_view scheme = "Bearer ";
    const auto header = request.headers.get("Authorization").value_or("");
    if (header.size() <= scheme.size() || !iequals(header.substr(0, scheme.size()), scheme)) {
        return nullptr;
    }
    const auto presented = Secret::copy_of(trim(header.substr(scheme.size())));
    const Person* person = nullptr;
    for (const auto& bearer : bearers) {
        // Each is compared, whoever it is.
        person = presented == *bearer.token ? &bearer.person : person;
    }
    return person;
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
    // Zones of .arpa in which whoever holds an address block or a number may point names anywhere.
    constexpr std::array<std::string_view, 3> delegated{".ip6.arpa", ".in-addr.arpa", ".e164.arpa"};
    const auto lies_in = [&](std::string_view domain) { return ("." + name).ends_with(domain); };
    const bool theirs = std::any_of(delegated.begin(), delegated.end(), lies_in);
    const bool address = name.find_first_not_of("0123456789.") == std::string::npos;
    const bool single = name.find('.') == std::string::npos;
    const bool ours =
        !theirs && std::any_of(private_domains.begin(), private_domains.end(), lies_in);
    return address || single || ours || std::find(hosts.begin(), hosts.end(), name) != hosts.end();
}

HookProof::HookProof(const HttpRequest& head, const Secret& secret) {
    if (secret.empty()) {
        return;
    }
    constexpr std::string_view scheme = "sha256=";
    if (const auto github = head.headers.get("X-Hub-Signature-256")) {
        if (github->starts_with(scheme)) {
            presented_ = github->substr(scheme.size());
            digest_.emplace(secret);
        }
    } else if (const auto gitea = head.headers.get("X-Gitea-Signature")) {
        presented_ = *gitea;
        digest_.emplace(secret);
    } else if (const auto gitlab = head.headers.get("X-Gitlab-Token")) {
        by_head_ = Secret::copy_of(*gitlab) == secret;
    }
}

void HookProof::read(std::string_view piece) {
    if (digest_) {
        digest_->add(piece);
    }
}

bool HookProof::holds() {
    return by_head_ || (digest_ && equals(presented_, digest_->finish()));
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
