#pragma once

#include "operator/base/result.hpp"
#include "operator/settings/origins.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::settings {

/// A reference that the desired state may use, and where to; `*` stands for any run of characters.
struct ReferenceRule {
    std::string pattern;                ///< "env:KC_SECRET", "file:/run/secrets/*"
    std::vector<OriginPattern> to;      ///< where it may be sent
    std::vector<std::string> services;  ///< whose Env it may be a value of
};

/// Where a client's secret may go.
struct ClientRule {
    std::vector<std::string> stacks;  ///< whose Env may hold it
    std::vector<std::string> paths;   ///< vault entries, below openbao.mount of its namespace
};

/// Which credentials may leave the process, and where to. What nothing names goes nowhere.
struct AccessRules {
    std::vector<ReferenceRule> references;
    std::vector<OriginPattern> keycloak_token;  ///< minted for a vault's login
    std::vector<OriginPattern> probes;          ///< what is probed, and gets tokens by it
    std::map<std::string, ClientRule> clients;  ///< by clientId
    /// Variables that the desired state may set although they decide where a service sends what it
    /// holds, or what it runs: by service; of the multiplexer's and portainer-mcp's every one.
    std::map<std::string, std::vector<std::string>> env;
    std::vector<std::string> own;  ///< references of operator.yaml's own, which go nowhere else
};

/// "env:NAME", "file:/path" or "openbao:mount/path#key"?
bool is_reference(std::string_view text);
/// Does `text` fit a pattern with `*`?
bool fits(std::string_view pattern, std::string_view text);
/// What is wrong with a rule, with what to write instead; empty: nothing.
std::string fault_of(const ReferenceRule& rule);
/// What to write where a rule names a host alone, as files before origins did.
std::string cure_for_host(std::string_view reference, std::string_view host);
/// "REF@ORIGIN|ORIGIN|service:NAME,…". Invalid: an entry is no rule.
Result<std::vector<ReferenceRule>> parse_rules(std::string_view list);
/// "CLIENT@stack:NAME|path:PATH,…". Invalid: an entry is no rule.
Result<std::map<std::string, ClientRule>> parse_clients(std::string_view list);
/// "SERVICE@KEY|KEY,…". Invalid: an entry is no rule.
Result<std::map<std::string, std::vector<std::string>>> parse_env_rules(std::string_view list);
/// "FILE@SERVICE|SERVICE,…", by the file's plain name. Invalid: an entry is no rule.
Result<std::map<std::string, std::vector<std::string>>> parse_env_files(std::string_view list);
/// What is wrong with a name of a file below envRoot, or with whom it goes to; empty: nothing.
std::string fault_of_env_file(const std::string& file, const std::vector<std::string>& services);
/// One spelling of it: "./a//b" is "a/b".
std::string plain_env_file(const std::string& file);
/// "ORIGIN,…". Invalid: an entry is no origin.
Result<std::vector<OriginPattern>> parse_origins(std::string_view list);
/// The items of "a, b,c", trimmed.
std::vector<std::string> items_of_list(std::string_view list, char separator = ',');

}  // namespace wavegate::settings
