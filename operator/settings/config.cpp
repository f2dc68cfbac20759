#include "operator/settings/config.hpp"

#include "operator/settings/config_fields.hpp"
#include "operator/settings/config_file.hpp"
#include "operator/settings/git_settings.hpp"
#include "operator/settings/tokens.hpp"
#include "operator/source/ssh.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace wavegate::settings {
namespace {

using FieldError = std::function<void(const char* field, std::string message)>;

void add_variable(ParsedConfig& result, const std::string& variable, std::string message) {
    result.found.push_back({Severity::Error, {}, {}, variable, std::move(message)});
}

template <class Value>
void read_list(
    const Environment& environment,
    const char* field,
    Result<Value> (*parse)(std::string_view),
    Value& into,
    ParsedConfig& result) {
    const auto list = environment(variable_of(field));
    if (!list) {
        return;
    }
    auto value = parse(*list);
    if (value) {
        into = std::move(*value);
    } else {
        add_variable(result, variable_of(field), "an entry " + value.error().message());
    }
}

void given_by_variable(const Environment& environment, Config& config) {
    if (!environment(variable_of(kReferences))) {
        return;
    }
    for (std::size_t i = 0; i < config.access.references.size(); ++i) {
        config.given[reference_field(i)] = {{}, variable_of(kReferences)};
    }
}

void read_environment(const Environment& environment, ParsedConfig& result) {
    for (const auto& field : config_fields()) {
        const auto variable = variable_of(field.name);
        const auto value = environment(variable);
        if (!value) {
            continue;
        }
        result.config.given[field.name] = {{}, variable};
        if (auto wrong = field.take(result.config, *value); !wrong.empty()) {
            add_variable(result, variable, std::move(wrong));
        }
    }
    const bool git = environment(variable_of("source.git.url")).has_value();
    if (git != environment(variable_of("source.folder")).has_value()) {
        // A variable that names one kind of source takes the place of the file's other kind.
        (git ? result.config.folder : result.config.git.url).clear();
    }
    if (const auto list = environment(variable_of(kTokens))) {
        result.config.tokens.clear();
        if (auto wrong = add_tokens(result.config, *list); !wrong.empty()) {
            add_variable(result, variable_of(kTokens), std::move(wrong));
        }
        for (std::size_t i = 0; i < result.config.tokens.size(); ++i) {
            result.config.given[token_field(i)] = {{}, variable_of(kTokens)};
        }
    }
    auto& access = result.config.access;
    read_list(environment, kReferences, parse_rules, access.references, result);
    given_by_variable(environment, result.config);
    read_list(environment, kClients, parse_clients, access.clients, result);
    read_list(environment, kEnv, parse_env_rules, access.env, result);
    read_list(environment, kEnvFiles, parse_env_files, result.config.env_files, result);
}

/// The operator's own references: what the desired state never gets, whatever `references` names.
std::vector<std::string> own_references(const Config& config) {
    std::vector<std::string> own;
    for (const auto* reference :
         {&config.git.token,
          &config.git.webhook_secret,
          &config.proxy.password,
          &config.etcd.password}) {
        if (!reference->empty()) {
            own.push_back(reference->text);
        }
    }
    for (const auto& bearer : bearers_of(config)) {
        own.push_back(bearer.token.text);
    }
    for (const auto* file :
         {&config.git.ssh_key_file, &config.client_key_file, &config.etcd.client_key_file}) {
        if (!file->empty()) {
            own.push_back("file:" + std::filesystem::absolute(*file).lexically_normal().string());
        }
    }
    return own;
}

/// What git could never fetch is said at once, not at each look.
void check_address(const Config& config, const FieldError& add) {
    if (source::is_ssh(config.git.url) && config.git.ssh_key_file.empty()) {
        return;  // said already
    }
    if (auto good = source::check_settings(git_settings(config)); !good) {
        add("source.git.url", good.error().message());
    }
}

void check_source(const Config& config, const FieldError& add, bool from_file) {
    if (!from_file && config.git.url.empty() && config.folder.empty()) {
        add("",
            "no desired state: name the settings by --config operator.yaml, or set " +
                variable_of("source.git.url") + " or " + variable_of("source.folder"));
        return;
    }
    if (config.git.url.empty() == config.folder.empty()) {
        add("source",
            config.folder.empty() ? "needs source.git.url or source.folder"
                                  : "has both git and folder: one of them must go");
        return;
    }
    if (config.git.url.empty()) {
        return;
    }
    const auto& git = config.git;
    const bool ssh = source::is_ssh(git.url);
    if (ssh && git.ssh_key_file.empty()) {
        add("source.git.url",
            "is an ssh url and needs source.git.sshKeyFile, the private key's file; the server's "
            "host key stands in knownHostsFile");
    }
    if (ssh && !git.token.empty()) {
        add("source.git.tokenRef", "goes with an https url; an ssh url takes sshKeyFile alone");
    }
    check_address(config, add);
    if (!ssh && !git.ssh_key_file.empty()) {
        add("source.git.sshKeyFile",
            "goes with an ssh url (ssh://git@host/path or git@host:path); an https url takes "
            "tokenRef");
    }
}

void check_road(const Config& config, const FieldError& add) {
    if (config.client_certificate_file.empty() != config.client_key_file.empty()) {
        add(config.client_key_file.empty() ? "clientCertificateFile" : "clientKeyFile",
            "clientCertificateFile and clientKeyFile go together");
    }
    const auto& proxy = config.proxy;
    if (proxy.username.empty() != proxy.password.empty()) {
        add(proxy.password.empty() ? "proxy.username" : "proxy.passwordRef",
            "username and passwordRef go together");
    }
    if (proxy.url.empty() && (!proxy.username.empty() || !proxy.no_proxy.empty())) {
        add("proxy", "needs proxy.url");
    }
}

void check_store(const Config& config, const FieldError& add) {
    const auto& etcd = config.etcd;
    if (etcd.username.empty() != etcd.password.empty()) {
        add(etcd.password.empty() ? "store.etcd.username" : "store.etcd.passwordRef",
            "username and passwordRef go together");
    }
    if (etcd.client_certificate_file.empty() != etcd.client_key_file.empty()) {
        add(etcd.client_key_file.empty() ? "store.etcd.clientCertificateFile"
                                         : "store.etcd.clientKeyFile",
            "clientCertificateFile and clientKeyFile go together");
    }
    const auto named = std::find_if(config.given.begin(), config.given.end(), [](const auto& each) {
        return each.first.starts_with(std::string(kEtcd) + ".");
    });
    if (etcd.urls.empty() && named != config.given.end()) {
        add(named->first.c_str(), "goes with store.etcd.urls, the addresses of its members");
    }
}

/// What can be judged when every field is read.
void check_whole(const std::string& file, ParsedConfig& result) {
    result.config.access.own = own_references(result.config);
    if (!result.found.empty()) {
        return;
    }
    const auto add = [&](const char* field, std::string message) {
        auto found = diagnostic_for(result.config, field, std::move(message));
        if (found.origin.file.empty() && found.field == field) {
            found.origin.file = file;
        }
        result.found.push_back(std::move(found));
    };
    check_source(result.config, add, !file.empty());
    check_store(result.config, add);
    check_road(result.config, add);
}

}  // namespace

std::string reference_field(std::size_t number) {
    return std::string(kReferences) + "[" + std::to_string(number) + "]";
}

Diagnostic diagnostic_for(const Config& config, const std::string& field, std::string message) {
    const auto found = config.given.find(field);
    if (found == config.given.end()) {
        return {Severity::Error, {}, {}, field, std::move(message)};
    }
    const auto& given = found->second;
    return {Severity::Error, given.at, {}, given.name, std::move(message)};
}

std::vector<ConfigName> config_names() {
    std::vector<ConfigName> names;
    for (const auto& field : config_fields()) {
        names.push_back({field.name, variable_of(field.name)});
    }
    for (const auto* list : {kReferences, kClients, kEnv, kEnvFiles, kTokens}) {
        names.push_back({list, variable_of(list)});
    }
    return names;
}

ParsedConfig
parse_config(const std::string& file, std::string_view text, const Environment& environment) {
    ParsedConfig result;
    read_config_file(file, text, result);
    read_environment(environment, result);
    check_whole(file, result);
    return result;
}

ParsedConfig config_of_environment(const Environment& environment) {
    ParsedConfig result;
    read_environment(environment, result);
    check_whole({}, result);
    return result;
}

}  // namespace wavegate::settings
