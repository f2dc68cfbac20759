#pragma once

#include "operator/settings/config.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::settings {

/// A token of `auth.tokens` as it is written.
struct TokenText {
    std::string name;
    std::vector<std::string> roles;
    std::vector<std::string> authors;
    std::string reference;
};

/// What stands for the token of that number in `Config::given`.
std::string token_field(std::size_t number);
/// What is wrong with it, with what to write instead; empty: it is one of the configuration's now.
std::string add_token(Config& config, TokenText text);
/// "NAME@ref:REF|role:ROLE|author:MAIL,…"; the same answer.
std::string add_tokens(Config& config, std::string_view list);

}  // namespace wavegate::settings
