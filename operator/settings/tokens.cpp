#include "operator/settings/tokens.hpp"

#include "operator/settings/config_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::settings {
namespace {

/// The name of whoever shows `auth.tokenRef`, who may do everything.
constexpr const char* kOnlyOne = "operator";

bool is_name(std::string_view text) {
    constexpr std::size_t most = 64;
    return !text.empty() && text.size() <= most &&
           std::all_of(text.begin(), text.end(), [](unsigned char sign) {
               return std::isalnum(sign) != 0 || sign == '.' || sign == '_' || sign == '-';
           });
}

/// Of a reference nothing is quoted: it may be the secret itself.
std::string fault_of(const Config& config, const TokenText& text) {
    if (!is_name(text.name)) {
        return "has no name: who shows this token, as letters, digits, dots, dashes";
    }
    const bool known =
        text.name == kOnlyOne ||
        std::any_of(config.tokens.begin(), config.tokens.end(), [&](const TokenConfig& each) {
            return each.person.name == text.name;
        });
    if (known) {
        return fmt::format("there is another {} already", text.name);
    }
    if (text.roles.empty()) {
        return "has no roles: viewer, operator, approver";
    }
    for (const auto& role : text.roles) {
        if (!role_of(role)) {
            return "has a role that is none of viewer, operator, approver";
        }
    }
    if (!is_reference(text.reference)) {
        return "has no tokenRef like file:/run/secrets/anna or env:NAME";
    }
    return text.reference.starts_with("openbao:")
               ? "can't stand in OpenBao, which is known by the desired state alone; use env: or "
                 "file:"
               : "";
}

/// False: an item of a variable that is none.
bool take(TokenText& text, std::string_view item) {
    const auto colon = item.find(':');
    const auto kind = item.substr(0, colon);
    const auto value = colon == std::string_view::npos ? "" : item.substr(colon + 1);
    if (kind == "ref") {
        text.reference = value;
    } else if (kind == "role") {
        text.roles.emplace_back(value);
    } else if (kind == "author") {
        text.authors.emplace_back(value);
    } else {
        return false;
    }
    return !value.empty();
}

}  // namespace

std::string token_field(std::size_t number) {
    return fmt::format("{}[{}]", kTokens, number);
}

std::string add_token(Config& config, TokenText text) {
    if (auto wrong = fault_of(config, text); !wrong.empty()) {
        return wrong;
    }
    TokenConfig token;
    token.person.name = std::move(text.name);
    for (const auto& role : text.roles) {
        token.person.roles.push_back(*role_of(role));
    }
    token.person.authors = std::move(text.authors);
    token.token.text = std::move(text.reference);
    token.field = token_field(config.tokens.size());
    config.tokens.push_back(std::move(token));
    return {};
}

std::string add_tokens(Config& config, std::string_view list) {
    for (const auto& entry : items_of_list(list)) {
        const auto at = entry.find('@');
        TokenText text;
        text.name = entry.substr(0, at);
        const auto rest = at == std::string::npos ? std::string() : entry.substr(at + 1);
        for (const auto& item : items_of_list(rest, '|')) {
            if (!take(text, item)) {
                return "an entry is no NAME@ref:REF|role:ROLE|author:MAIL";
            }
        }
        if (auto wrong = add_token(config, std::move(text)); !wrong.empty()) {
            return "an entry " + wrong;
        }
    }
    return {};
}

std::vector<TokenConfig> bearers_of(const Config& config) {
    auto all = config.tokens;
    if (!config.token.empty()) {
        Person everything{kOnlyOne, {Role::Viewer, Role::Operator, Role::Approver}, {}};
        all.push_back({std::move(everything), config.token, "auth.tokenRef"});
    }
    return all;
}

}  // namespace wavegate::settings
