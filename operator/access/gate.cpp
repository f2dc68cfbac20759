#include "operator/access/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

namespace wavegate::access {
namespace {

constexpr std::string_view kFile = "file:";

Error denied(std::string message) {
    return {ErrorKind::Denied, std::move(message)};
}

/// A file has many names (//, /./, /../): only the plain one is taken.
bool is_plain(const std::string& reference) {
    if (!reference.starts_with(kFile)) {
        return true;
    }
    const std::filesystem::path path(reference.substr(kFile.size()));
    return path.is_absolute() && path.lexically_normal().native() == path.native();
}

/// The URL's origin as people write it; without one, that it has none.
std::string place_of(std::string_view url) {
    const auto origin = settings::origin_of(url);
    return origin ? to_text(*origin) : "an address that is no plain origin";
}

/// "http://host:1" in quotes for a list of origins.
std::string line_for(std::string_view url) {
    const auto origin = settings::origin_of(url);
    return origin ? fmt::format("[ \"{}\" ]", to_text(*origin)) : "[ ORIGIN ]";
}

Result<void> listed(
    const std::vector<settings::OriginPattern>& origins,
    std::string_view url,
    std::string_view what,
    std::string_view field) {
    if (settings::admits_any(origins, url)) {
        return {};
    }
    return denied(fmt::format(
        "{} may not be sent to {}: operator.yaml does not name it; to allow it, write {}: {}",
        what,
        place_of(url),
        field,
        line_for(url)));
}

std::string to_upper(std::string_view text) {
    std::string upper(text);
    for (auto& letter : upper) {
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    return upper;
}

bool names(const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

/// Proxies, trusted authorities, what a process loads before its own program.
bool steers(std::string_view variable) {
    constexpr std::array<std::string_view, 7> exact{
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "NODE_OPTIONS",
        "SSLKEYLOGFILE"};
    const auto upper = to_upper(variable);
    return upper.ends_with("_PROXY") || upper.starts_with("LD_") || upper.starts_with("PYTHON") ||
           std::find(exact.begin(), exact.end(), upper) != exact.end();
}

}  // namespace

bool Gate::is_own(const std::string& reference) const {
    return names(rules_.own, reference);
}

Result<void> Gate::may_send_given(const std::string& reference, std::string_view url) const {
    if (is_own(reference)) {
        return denied(fmt::format(
            "{} is the operator's own, from operator.yaml, and goes nowhere for a desired state",
            reference));
    }
    bool known = false;
    std::string places;
    for (const auto& rule : rules_.references) {
        if (!is_plain(reference) || !settings::fits(rule.pattern, reference)) {
            continue;
        }
        if (settings::admits_any(rule.to, url)) {
            return {};
        }
        known = true;
        places += (places.empty() ? "" : ", ") + to_text(rule.to);
    }
    const auto cure = fmt::format(
        "to allow it, write {{ ref: \"{}\", to: {} }} into its references and restart",
        reference,
        line_for(url));
    if (!known) {
        return denied(
            fmt::format("{} is not among the references of operator.yaml; {}", reference, cure));
    }
    return denied(fmt::format(
        "{} may not be sent to {}: operator.yaml names {} for it; {}",
        reference,
        place_of(url),
        places.empty() ? "no origin" : places,
        cure));
}

Result<void> Gate::may_send(const Credential& credential, std::string_view url) const {
    switch (credential.kind) {
        case Credential::Kind::Given:
            return may_send_given(credential.reference, url);
        case Credential::Kind::LoginToken:
            return listed(
                rules_.keycloak_token,
                url,
                "a token that Keycloak mints for the vault's login",
                "tokens: { keycloak: ORIGINS } with ORIGINS");
        case Credential::Kind::Probe:
            return listed(rules_.probes, url, "a probe and its token", "probes");
    }
    return denied("nobody knows where that credential may go");
}

Result<void> Gate::may_hold(const std::string& client_id, const std::string& stack) const {
    const auto rule = rules_.clients.find(client_id);
    if (rule != rules_.clients.end() && names(rule->second.stacks, stack)) {
        return {};
    }
    return denied(fmt::format(
        "the secret of client {0} may not go into the Env of stack {1}: operator.yaml does not "
        "name it; to allow it, write clients: {{ {0}: {{ stacks: [ {1} ] }} }}",
        client_id,
        stack));
}

Result<void> Gate::may_set(const std::string& service, bool trusted, const std::string& variable)
    const {
    const auto rule = rules_.env.find(service);
    const bool named = rule != rules_.env.end() && names(rule->second, variable);
    if (named || (!trusted && !steers(variable))) {
        return {};
    }
    return denied(fmt::format(
        "{1} of {0} is not the desired state's to set: {2}; to allow it, write env: "
        "{{ {0}: [ {1} ] }} into operator.yaml",
        service,
        variable,
        trusted ? "that service holds what opens others" : "it steers where secrets go"));
}

Result<void> Gate::may_keep(const std::string& client_id, const std::string& path) const {
    const auto rule = rules_.clients.find(client_id);
    if (rule != rules_.clients.end() && names(rule->second.paths, path)) {
        return {};
    }
    return denied(fmt::format(
        "the secret of client {0} may not go into the vault entry {1}: operator.yaml does not "
        "name it; to allow it, write clients: {{ {0}: {{ paths: [ {1} ] }} }}",
        client_id,
        path));
}

}  // namespace wavegate::access
