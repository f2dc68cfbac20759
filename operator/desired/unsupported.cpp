#include "operator/desired/unsupported.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace wavegate::desired {
namespace {

using formats::YamlNode;

/// Fields that people of this field expect, by the last part of their path.
struct Hint {
    std::string_view kind;  ///< empty for all
    std::string_view name;
    std::string_view text;
};

constexpr std::string_view kProxy = "stands in operator.yaml, as proxy, for all systems";
constexpr std::string_view kClientCertificate =
    "stands in operator.yaml, as clientCertificateFile and clientKeyFile, for all systems";
constexpr std::string_view kAuthorities = "stands in operator.yaml, as caFile, for all systems";
constexpr std::string_view kSshKey =
    "is called sshKeyRef here: file:/path of the private key, one of the references of "
    "operator.yaml";
constexpr std::string_view kKnownHosts = "stands in operator.yaml, as knownHostsFile";
constexpr std::string_view kNoWindow = "is not supported yet; remove it, waves start at any time";
constexpr std::string_view kNoDefaultEffect =
    "there is no default to set, no rule means deny; remove it";

constexpr std::array<Hint, 21> kHints{{
    {"", "proxy", kProxy},
    {"", "httpProxy", kProxy},
    {"", "httpsProxy", kProxy},
    {"", "noProxy", kProxy},
    {"", "clientCertificate", kClientCertificate},
    {"", "clientCertificateFile", kClientCertificate},
    {"", "clientCertRef", kClientCertificate},
    {"", "clientKeyFile", kClientCertificate},
    {"", "caFile", kAuthorities},
    {"", "clientKeyRef", kClientCertificate},
    {"Fleet", "ssh", kSshKey},
    {"Fleet", "sshKey", kSshKey},
    {"Fleet", "sshKeyFile", kSshKey},
    {"Fleet", "knownHosts", kKnownHosts},
    {"Fleet", "knownHostsFile", kKnownHosts},
    {"", "windows", kNoWindow},
    {"", "approvals", "is not supported yet; remove it, waves start by themselves"},
    {"EunomiaPolicy", "default", kNoDefaultEffect},
    {"EunomiaPolicy", "defaultEffect", kNoDefaultEffect},
    {"EunomiaPolicy", "default_effect", kNoDefaultEffect},
    {"", "secret", "no secret may stand here, only references; remove it"},
}};

/// Scheme, host and port of a URL; its kind where there is none.
std::string origin_in(const std::string& url) {
    const auto authority = url_authority(url);
    const auto scheme = url.find("://");
    return authority.empty() || authority.size() > 255
               ? "https://KEYCLOAK"
               : fmt::format("{}://{}", url.substr(0, scheme), authority);
}

/// Calls `found` for each path that `pattern` ("spec.waves[].approval") has in `node`.
template <class Found>
void each_match(const YamlNode& node, std::string_view pattern, std::string path, Found& found) {
    const auto list = pattern.find("[]");
    if (list == std::string_view::npos) {
        if (value_at(node, pattern) != nullptr) {
            found(path + std::string(pattern));
        }
        return;
    }
    const auto* items = value_at(node, pattern.substr(0, list));
    for (std::size_t i = 0; items != nullptr && i < items->items.size(); ++i) {
        each_match(
            items->items[i],
            pattern.substr(list + 3),
            fmt::format("{}{}[{}].", path, pattern.substr(0, list), i),
            found);
    }
}

}  // namespace

void refuse_unsupported(const Document& document, Report& report) {
    if (document.value.find("status") != nullptr) {
        report.field(
            document,
            "status",
            "is written by the operator and no part of the desired state; remove it");
    }
    for (const auto& [kind, field, instead] : kUnsupported) {
        if (kind != document.kind) {
            continue;
        }
        auto found = [&, instead = instead](const std::string& path) {
            report.field(
                document, path, fmt::format("is not supported yet; remove it ({})", instead));
        };
        each_match(document.value, field, "", found);
    }
}

std::string why_unknown(std::string_view kind, std::string_view field) {
    const auto name = field.substr(field.find_last_of('.') + 1);
    const auto* at = std::find_if(kHints.begin(), kHints.end(), [&](const Hint& hint) {
        return hint.name == name && (hint.kind.empty() || hint.kind == kind);
    });
    return at == kHints.end() ? std::string() : std::string(at->text);
}

std::string what_to_write(const Document& document, std::string_view field) {
    const auto lacks = [&](std::string_view one) {
        return value_at(document.value, one) == nullptr;
    };
    if (document.kind != "Fleet" || field != "spec.openbao.jwtLogin.clientId" || !lacks(field) ||
        !lacks("spec.openbao.jwtLogin.clientSecretRef")) {
        return {};
    }
    return fmt::format(
        ": the token of a login is a client's of its own now, which may do nothing in Keycloak; "
        "write clientId: wavegate-vault, clientSecretRef: \"env:KC_VAULT\" beside the role, and {{ "
        "ref: \"env:KC_VAULT\", to: [ \"{}\" ] }} into the references of operator.yaml",
        origin_in(text_at(document.value, "spec.keycloak.url")));
}

}  // namespace wavegate::desired
