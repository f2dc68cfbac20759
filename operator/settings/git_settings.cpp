#include "operator/settings/git_settings.hpp"

#include <algorithm>
#include <filesystem>

namespace wavegate::settings {
namespace {

bool lists_token_for_url(const Config& config) {
    const auto& rules = config.access.references;
    return std::any_of(rules.begin(), rules.end(), [&](const ReferenceRule& rule) {
        return fits(rule.pattern, config.git.token.text) && admits_any(rule.to, config.git.url);
    });
}

}  // namespace

std::string absolute(const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

source::GitSettings git_settings(const Config& config) {
    source::GitSettings settings;
    settings.remote.url = config.git.url;
    settings.remote.plain_http = config.git.url.starts_with("http://") &&
                                 (config.git.token.empty() || lists_token_for_url(config));
    settings.remote.username = config.git.username;
    settings.remote.ssh.key = absolute(config.git.ssh_key_file);
    settings.remote.ssh.known_hosts = absolute(config.known_hosts_file);
    settings.branch = config.git.branch;
    settings.path = config.git.path;
    settings.token = config.git.token;
    return settings;
}

}  // namespace wavegate::settings
