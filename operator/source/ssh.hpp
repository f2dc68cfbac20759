#pragma once

#include "operator/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wavegate::source {

/// ssh://[user@]host[:port]/path, or user@host:path?
bool is_ssh(std::string_view url);
/// The host that a repository's url speaks to, with its port where the url names one.
std::string host_of(std::string_view url);

/// How ssh lets itself in.
struct SshFiles {
    std::string key;          ///< absolute
    std::string known_hosts;  ///< absolute; empty: the system's
};
/// Where the system keeps the hosts that all its users know.
inline constexpr std::string_view kSystemKnownHosts = "/etc/ssh/ssh_known_hosts";

/// Invalid: a path that is not absolute, or holds what ssh reads as more than a path.
Result<void> check_names(const SshFiles& files);
/// Looks at the file of a private key. Invalid: it can't be read, or it is this user's and others
/// may read it. `what` names it: "the ssh key file".
Result<void> check_private_file(const std::string& path, std::string_view what);
/// Looks at the files themselves. Invalid: one can't be read, or ssh would refuse the key because
/// others may read it.
Result<void> check_files(const SshFiles& files);

/// For GIT_SSH_COMMAND, which a shell reads: the key at its path and no other, no settings, agent
/// or prompts of a user's, and only hosts that the file knows. The names must be good.
std::string ssh_command(const SshFiles& files);

/// What ssh's last words mean, by the phrases of OpenSSH 9.2; `host` as host_of. Nothing: they are
/// not about keys.
std::optional<Error>
ssh_error(std::string_view said, const std::string& host, const SshFiles& files);

}  // namespace wavegate::source
