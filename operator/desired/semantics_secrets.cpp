#include "operator/base/text.hpp"
#include "operator/desired/semantics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace wavegate::desired {
namespace {

using formats::YamlNode;

/// Beginnings that token issuers chose so that they are found: GitHub, GitLab, Grafana, Vault and
/// OpenBao, Portainer, Slack, AWS.
constexpr std::array<std::string_view, 13> kTokenMarks{
    "ghp_",
    "gho_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glsa_",
    "hvs.",
    "hvb.",
    "ptr_",
    "xoxb-",
    "xoxp-",
    "AKIA"};
constexpr std::size_t kShortestToken = 20;

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
           c == '+' || c == '/' || c == '=';
}

std::size_t word_length(std::string_view text) {
    return static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_word) - text.begin());
}

bool has_marked_token(std::string_view value) {
    return std::any_of(kTokenMarks.begin(), kTokenMarks.end(), [&](std::string_view mark) {
        for (auto at = value.find(mark); at != std::string_view::npos;
             at = value.find(mark, at + 1)) {
            if ((at == 0 || !is_word(value[at - 1]) || value[at - 1] == '=') &&
                word_length(value.substr(at)) >= kShortestToken) {
                return true;
            }
        }
        return false;
    });
}

/// Three base64url parts, the first of which is a JSON object.
bool is_jwt(std::string_view value) {
    const auto at = value.find("eyJ");
    if (at == std::string_view::npos) {
        return false;
    }
    const auto word = value.substr(at, word_length(value.substr(at)));
    return word.size() >= kShortestToken && std::count(word.begin(), word.end(), '.') == 2;
}

/// scheme://user:password@host
bool has_password_url(std::string_view value) {
    const auto scheme = value.find("://");
    if (scheme == std::string_view::npos) {
        return false;
    }
    const auto rest = value.substr(scheme + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/?# "));
    const auto user = authority.rfind('@');
    return user != std::string_view::npos && authority.substr(0, user).find(':') < user;
}

/// A step on the way down to a value. Written out for a finding alone: keys may be long, and many
/// lie below one.
struct Step {
    const Step* above = nullptr;
    const std::string* key = nullptr;  ///< null: an entry of a list
    std::size_t index = 0;

    [[nodiscard]] std::string path() const {
        auto path = above == nullptr ? std::string() : above->path();
        if (above == nullptr) {
            return path;
        }
        if (key == nullptr) {
            return fmt::format("{}[{}]", path, index);
        }
        return path.empty() ? *key : path + "." + *key;
    }
};

void scan(const Document& document, const YamlNode& node, const Step& step, Report& report) {
    if (report.full()) {
        return;
    }
    if (node.is_scalar() && is_secret_shape(node.text)) {
        report.field(
            document,
            step.path(),
            "looks like a secret; put a reference here or move it to an env file outside");
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        scan(document, node.items[i], {&step, nullptr, i}, report);
    }
    for (const auto& entry : node.entries) {
        scan(document, entry.value, {&step, &entry.key.text, 0}, report);
    }
}

}  // namespace

bool is_secret_name(std::string_view key) {
    static constexpr std::array<std::string_view, 10> endings{
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "TOKEN",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "SECRET_KEY",
        "PRIVATE_KEY"};
    std::string upper(key);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return upper.ends_with(ending);
    });
}

bool is_secret_shape(std::string_view value) {
    return value.find("-----BEGIN ") != std::string_view::npos || has_marked_token(value) ||
           is_jwt(value) || has_password_url(value);
}

void Semantics::secrets() const {
    const auto every = [&](const auto& bound) {
        for (const auto& item : bound) {
            scan(*item.document, item.document->value, {}, report);
        }
    };
    scan(*catalog.fleet.document, catalog.fleet.document->value, {}, report);
    every(catalog.services);
    every(catalog.clients);
    every(catalog.policies);
}

}  // namespace wavegate::desired
