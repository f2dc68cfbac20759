#include "operator/settings/config_fields.hpp"

#include "operator/base/text.hpp"
#include "operator/net/endpoint.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace wavegate::settings {
namespace {

template <auto Member>
std::string take_text(Config& config, const std::string& value) {
    if (value.empty()) {
        return "is empty";
    }
    config.*Member = value;
    return {};
}

template <auto Member>
std::string take_git(Config& config, const std::string& value) {
    if (value.empty()) {
        return "is empty";
    }
    config.git.*Member = value;
    return {};
}

template <auto Member>
std::string take_etcd(Config& config, const std::string& value) {
    if (value.empty()) {
        return "is empty";
    }
    config.etcd.*Member = value;
    return {};
}

/// Never quoted when it is wrong: it may hold a password.
std::string take_etcd_urls(Config& config, const std::string& value) {
    config.etcd.urls.clear();
    for (auto& url : items_of_list(value)) {
        const auto origin = parse_origin(url.ends_with('/') ? url.substr(0, url.size() - 1) : url);
        const bool web =
            origin && (origin->origin.scheme == "http" || origin->origin.scheme == "https");
        if (!web || origin->any_label || origin->any_port) {
            return "is no list of addresses like https://etcd-1.example:2379, without path, user "
                   "and password (these stand in username and passwordRef)";
        }
        config.etcd.urls.push_back(std::move(url));
    }
    return config.etcd.urls.empty() ? "names no member" : "";
}

std::string take_etcd_prefix(Config& config, const std::string& value) {
    const bool plain = std::all_of(
        value.begin(), value.end(), [](unsigned char letter) { return std::isgraph(letter) != 0; });
    if (value.empty() || value == "/" || !plain) {
        return "is no prefix of keys, like wavegate/homelab/";
    }
    config.etcd.prefix = value.ends_with('/') ? value : value + "/";
    return {};
}

std::string take_reference(Reference& target, const std::string& value) {
    if (!is_reference(value)) {
        // Never quoted: it may be the secret itself.
        return "is no reference: env:NAME or file:/path names where the secret stands";
    }
    if (value.starts_with("openbao:")) {
        return "can't stand in OpenBao, which is known by the desired state alone; use env: or "
               "file:";
    }
    target.text = value;
    return {};
}

std::string take_interval(Config& config, const std::string& value) {
    const auto interval = parse_duration(value);
    if (!interval || *interval < std::chrono::milliseconds(100)) {
        return "is no duration of at least 100ms, like 60s";
    }
    config.interval = *interval;
    return {};
}

std::string take_listen(Config& config, const std::string& value) {
    if (!net::parse_endpoint(value)) {
        return "is no IP address with a port, like 127.0.0.1:8080";
    }
    config.listen = value;
    return {};
}

std::string take_reads(Config& config, const std::string& value) {
    if (value != "open" && value != "token") {
        return "is neither open nor token";
    }
    config.reads_need_token = value == "token";
    return {};
}

std::string take_lock(Config& config, const std::string& value) {
    if (value != "fleet" && value != "none") {
        return "is neither fleet nor none";
    }
    config.locks = value == "fleet";
    return {};
}

std::string take_hosts(Config& config, const std::string& value) {
    config.hosts.clear();
    std::string_view rest = value;
    for (bool more = true; more;) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto name = trim(rest.substr(0, end));
        more = end < rest.size();
        rest.remove_prefix(more ? end + 1 : end);
        if (name.empty() || name.find_first_of("/:* ") != std::string_view::npos) {
            return "is no list of host names, like wavegate.example.com, without scheme and port";
        }
        config.hosts.push_back(to_lower(name));
    }
    return {};
}

std::string take_level(Config& config, const std::string& value) {
    constexpr std::array<std::pair<std::string_view, log::Level>, 4> levels{
        {{"debug", log::Level::Debug},
         {"info", log::Level::Info},
         {"warn", log::Level::Warn},
         {"error", log::Level::Error}}};
    for (const auto& [name, level] : levels) {
        if (value == name) {
            config.log_level = level;
            return {};
        }
    }
    return "is none of debug, info, warn, error";
}

std::string take_format(Config& config, const std::string& value) {
    if (value != "text" && value != "json") {
        return "is neither text nor json";
    }
    config.log_format = value == "json" ? log::Format::Json : log::Format::Text;
    return {};
}

std::string take_token(Config& config, const std::string& value) {
    return take_reference(config.token, value);
}
std::string take_git_token(Config& config, const std::string& value) {
    return take_reference(config.git.token, value);
}
std::string take_webhook(Config& config, const std::string& value) {
    return take_reference(config.git.webhook_secret, value);
}

std::string take_proxy_password(Config& config, const std::string& value) {
    return take_reference(config.proxy.password, value);
}

std::string take_etcd_password(Config& config, const std::string& value) {
    return take_reference(config.etcd.password, value);
}

template <auto Member>
std::string take_origins(Config& config, const std::string& value) {
    auto origins = parse_origins(value);
    if (!origins) {
        return "an entry " + origins.error().message();
    }
    config.access.*Member = std::move(*origins);
    return {};
}

/// Never quoted when it is wrong: it may hold a password.
std::string take_proxy(Config& config, const std::string& value) {
    constexpr std::string_view scheme = "http://";
    auto url = value;
    if (url.ends_with('/')) {
        url.pop_back();
    }
    const auto rest = url.starts_with(scheme) ? url.substr(scheme.size()) : std::string();
    const auto colon = rest.rfind(':');
    const auto port = colon == std::string::npos ? std::string() : rest.substr(colon + 1);
    const bool good = colon != std::string::npos && colon > 0 && !port.empty() &&
                      port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos &&
                      rest.find_first_of("@/?# \t\r\n") == std::string::npos;
    if (!good) {
        return "is no proxy like http://proxy.example:3128: a host and a port, without path, user "
               "and password (these stand in username and passwordRef)";
    }
    config.proxy.url = url;
    return {};
}

std::string take_no_proxy(Config& config, const std::string& value) {
    for (const auto& name : items_of_list(value)) {
        if (name.empty() || name.find("://") != std::string::npos ||
            name.find_first_of(" \t\r\n") != std::string::npos) {
            return "is no list of hosts, domains (.example.com) or networks (10.0.0.0/8)";
        }
    }
    config.proxy.no_proxy = value;
    return {};
}

std::string take_proxy_user(Config& config, const std::string& value) {
    // A colon would end it in the header that it is sent in.
    if (value.empty() || value.find_first_of(":\r\n") != std::string::npos) {
        return "is no user's name";
    }
    config.proxy.username = value;
    return {};
}

}  // namespace

const std::vector<Field>& config_fields() {
    static const std::vector<Field> all{
        {"source.git.url", take_git<&GitConfig::url>},
        {"source.git.branch", take_git<&GitConfig::branch>},
        {"source.git.path", take_git<&GitConfig::path>},
        {"source.git.username", take_git<&GitConfig::username>},
        {"source.git.tokenRef", take_git_token},
        {"source.git.sshKeyFile", take_git<&GitConfig::ssh_key_file>, true},
        {"source.git.interval", take_interval},
        {"source.git.webhookSecretRef", take_webhook},
        {"source.folder", take_text<&Config::folder>, true},
        {"store.sqlite", take_text<&Config::database>, true},
        {kEtcdUrls, take_etcd_urls, false, true},
        {"store.etcd.prefix", take_etcd_prefix},
        {"store.etcd.username", take_etcd<&EtcdConfig::username>},
        {"store.etcd.passwordRef", take_etcd_password},
        {"store.etcd.caFile", take_etcd<&EtcdConfig::ca_file>, true},
        {"store.etcd.clientCertificateFile", take_etcd<&EtcdConfig::client_certificate_file>, true},
        {"store.etcd.clientKeyFile", take_etcd<&EtcdConfig::client_key_file>, true},
        {"listen", take_listen},
        {"lock", take_lock},
        {"auth.tokenRef", take_token},
        {"auth.reads", take_reads},
        {"auth.hosts", take_hosts, false, true},
        {"tokens.keycloak", take_origins<&AccessRules::keycloak_token>, false, true},
        {"probes", take_origins<&AccessRules::probes>, false, true},
        {"envRoot", take_text<&Config::env_root>, true},
        {"caFile", take_text<&Config::ca_file>, true},
        {"clientCertificateFile", take_text<&Config::client_certificate_file>, true},
        {"clientKeyFile", take_text<&Config::client_key_file>, true},
        {"proxy.url", take_proxy},
        {"proxy.noProxy", take_no_proxy, false, true},
        {"proxy.username", take_proxy_user},
        {"proxy.passwordRef", take_proxy_password},
        {"knownHostsFile", take_text<&Config::known_hosts_file>, true},
        {"log.level", take_level},
        {"log.format", take_format}};
    return all;
}

const Field* field_named(const std::string& name) {
    const auto found =
        std::find_if(config_fields().begin(), config_fields().end(), [&](const Field& field) {
            return name == field.name;
        });
    return found == config_fields().end() ? nullptr : &*found;
}

std::vector<std::string> known_below(const std::string& group) {
    std::vector<std::string> known;
    if (group.empty()) {
        known.insert(known.end(), {kReferences, kClients, kEnv, kEnvFiles});
    }
    const auto prefix = group.empty() ? std::string() : group + ".";
    if (std::string_view(kTokens).starts_with(prefix) && !group.empty()) {
        known.push_back(std::string(kTokens).substr(prefix.size()));
    }
    for (const auto& field : config_fields()) {
        const std::string name = field.name;
        if (!name.starts_with(prefix)) {
            continue;
        }
        auto own = name.substr(prefix.size());
        own.resize(std::min(own.find('.'), own.size()));
        if (std::find(known.begin(), known.end(), own) == known.end()) {
            known.push_back(std::move(own));
        }
    }
    return known;
}

std::string variable_of(std::string_view field) {
    std::string name = "WAVEGATE_";
    for (const char letter : field) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '.') {
            name += '_';
            continue;
        }
        if (std::isupper(byte) != 0) {
            name += '_';
        }
        name += static_cast<char>(std::toupper(byte));
    }
    return name;
}

}  // namespace wavegate::settings
