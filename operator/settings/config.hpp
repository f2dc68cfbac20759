#pragma once

#include "operator/base/log.hpp"
#include "operator/base/time.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/person.hpp"
#include "operator/settings/reference_rules.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::settings {

/// A variable of the process's environment; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct GitConfig {
    std::string url;
    std::string branch = "main";
    std::string path = ".";
    std::string username;
    Reference token;
    std::string ssh_key_file;
    Reference webhook_secret;
};

struct ProxyConfig {
    std::string url;       ///< http://host:port; empty: none
    std::string no_proxy;  ///< hosts, domains and networks that are reached directly: "a,.b"
    std::string username;
    Reference password;
};

/// Who shows this token, and what they may do by it.
struct TokenConfig {
    Person person;
    Reference token;
    std::string field;  ///< "auth.tokens[0]", "auth.tokenRef"
};

/// The store in etcd, in place of the file.
struct EtcdConfig {
    std::vector<std::string> urls;     ///< of one cluster's members; empty: the store is a file
    std::string prefix = "wavegate/";  ///< of all keys; a fleet's own. Ends with a slash
    std::string username;              ///< empty: it asks for none
    Reference password;
    /// In place of the general ones; empty: those.
    std::string ca_file;
    std::string client_certificate_file;
    std::string client_key_file;
};

/// Where a field got its value: the place in the file, or the variable's name alone.
struct Given {
    Origin at;
    std::string name;  ///< "auth.tokenRef", "WAVEGATE_AUTH_TOKEN_REF"
};

/// `operator.yaml`: the operator's own settings (design: desired state).
struct Config {
    GitConfig git;       ///< with an empty url: the folder is meant
    std::string folder;  ///< desired state as a plain folder
    Duration interval{60'000};
    std::string database = "wavegate.db";  ///< SQLite file; with etcd, of `store move` alone
    EtcdConfig etcd;
    std::string listen = "127.0.0.1:8080";
    bool locks = true;  ///< false: no fleet lock is kept, and nothing keeps two operators apart
    Reference token;    ///< of one who may do everything, named "operator"; empty: none
    std::vector<TokenConfig> tokens;  ///< of each who has one of their own
    bool reads_need_token = false;
    std::vector<std::string> hosts;  ///< names of ours in the public DNS, for open reads
    AccessRules access;              ///< references, tokens, probes and clients
    std::string env_root;
    /// Files below it and the services that each goes to; any other goes to its folder's service.
    std::map<std::string, std::vector<std::string>> env_files;
    std::string ca_file;  ///< PEM of a private authority, for all https; empty: the system's
    std::string client_certificate_file;  ///< PEM, for all https; empty: none
    std::string client_key_file;
    ProxyConfig proxy;             ///< for all http and https
    std::string known_hosts_file;  ///< for all ssh; empty: the system's
    log::Level log_level = log::Level::Info;
    log::Format log_format = log::Format::Text;
    std::map<std::string, Given> given;  ///< by field; those alone that are written down
};

/// What stands for the rule of that number in `Config::given`.
std::string reference_field(std::size_t number);
/// The diagnostic for a field: with its place where it is written down.
Diagnostic diagnostic_for(const Config& config, const std::string& field, std::string message);

struct ParsedConfig {
    Config config;
    std::vector<Diagnostic> found;  ///< empty: the configuration is good
};

/// All bearers of writes (and of reads, when they are closed); none: nobody may write.
std::vector<TokenConfig> bearers_of(const Config& config);

/// Reads the text of an operator.yaml; then every field's environment variable that is set
/// replaces the file's value: source.git.tokenRef is WAVEGATE_SOURCE_GIT_TOKEN_REF. Lists stand
/// between commas: WAVEGATE_PROBES=ORIGIN,…; WAVEGATE_REFERENCES=REF@ORIGIN|service:NAME,…;
/// WAVEGATE_AUTH_TOKENS=NAME@ref:REF|role:ROLE|author:MAIL,…;
/// WAVEGATE_CLIENTS=CLIENT@stack:NAME|path:PATH,…; WAVEGATE_ENV=SERVICE@KEY|KEY,…;
/// WAVEGATE_ENV_FILES=FILE@SERVICE|SERVICE,…. Relative paths of the file are taken from `file`'s
/// folder. Finds everything that is wrong at once.
ParsedConfig
parse_config(const std::string& file, std::string_view text, const Environment& environment);
/// The variables alone.
ParsedConfig config_of_environment(const Environment& environment);

/// Every field as operator.yaml writes it ("source.git.url"), and its variable.
struct ConfigName {
    std::string field;
    std::string variable;
};
std::vector<ConfigName> config_names();

}  // namespace wavegate::settings
