#include "operator/source/ssh.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace wavegate::source {
namespace {

constexpr std::string_view kScheme = "ssh://";

Error unfit(std::string why) {
    return {ErrorKind::Invalid, std::move(why)};
}

std::string known_hosts_of(const SshFiles& files) {
    return files.known_hosts.empty() ? std::string(kSystemKnownHosts) : files.known_hosts;
}

/// ssh takes quotes off, expands %x and ${NAME}; the shell before it is held off by quotes too.
std::string ssh_option(std::string_view name, std::string_view path) {
    std::string out = " -o '" + std::string(name) + "=\"";
    for (const char c : path) {
        if (c == '%') {
            out += "%%";
        } else if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "\"'";
}

Result<void> check_name(std::string_view path, std::string_view what) {
    if (!path.starts_with('/')) {
        return unfit(std::string(what) + " must be an absolute path");
    }
    const auto strange = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f || c == '"' || c == '\\';
    };
    if (std::any_of(path.begin(), path.end(), strange) ||
        path.find("${") != std::string_view::npos) {
        return unfit(std::string(what) + " has a sign in its name that ssh does not take");
    }
    return {};
}

/// Readable by this process; the file's owner and mode.
Result<struct stat> look_at(const std::string& path, std::string_view what) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat found = {};
    const bool good = fd >= 0 && ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
    if (fd >= 0) {
        ::close(fd);
    }
    if (!good) {
        return unfit(std::string(what) + " " + path + " is no file that can be read");
    }
    return found;
}

}  // namespace

bool is_ssh(std::string_view url) {
    return url.starts_with(kScheme) ||
           (url.find("://") == std::string_view::npos && url.find('@') != std::string_view::npos &&
            url.find(':') != std::string_view::npos);
}

std::string host_of(std::string_view url) {
    if (!is_ssh(url) || url.starts_with(kScheme)) {
        return std::string(url_authority(url));
    }
    url.remove_prefix(url.find('@') + 1);
    return std::string(url.substr(0, url.find(':')));
}

Result<void> check_names(const SshFiles& files) {
    if (auto key = check_name(files.key, "the ssh key file"); !key) {
        return key;
    }
    return check_name(known_hosts_of(files), "the known hosts file");
}

Result<void> check_private_file(const std::string& path, std::string_view what) {
    auto key = look_at(path, what);
    if (!key) {
        return key.take_error();
    }
    // As ssh judges: a file of another's, which a secret's mount often is, is the other's concern.
    if (key->st_uid == ::geteuid() && (key->st_mode & 077U) != 0) {
        return unfit(std::string(what) + " " + path + " may be read by others: chmod 600 " + path);
    }
    return {};
}

Result<void> check_files(const SshFiles& files) {
    if (auto key = check_private_file(files.key, "the ssh key file"); !key) {
        return key;
    }
    auto known = look_at(known_hosts_of(files), "the known hosts file");
    if (!known) {
        return known.take_error();
    }
    return {};
}

std::string ssh_command(const SshFiles& files) {
    return "ssh -F none -a -x -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none"
           " -o StrictHostKeyChecking=yes -o UpdateHostKeys=no -o VerifyHostKeyDNS=no"
           " -o PreferredAuthentications=publickey -o ClearAllForwardings=yes"
           " -o ConnectTimeout=10 -o ServerAliveInterval=5" +
           ssh_option("IdentityFile", files.key) +
           ssh_option("UserKnownHostsFile", known_hosts_of(files)) +
           " -o GlobalKnownHostsFile=/dev/null";
}

std::optional<Error>
ssh_error(std::string_view said, const std::string& host, const SshFiles& files) {
    const auto says = [&](std::string_view phrase) {
        return said.find(phrase) != std::string_view::npos;
    };
    if (says("HOST IDENTIFICATION HAS CHANGED") || says("REVOKED HOST KEY")) {
        return Error(
            ErrorKind::Denied,
            "the host key of " + host + " is another than the one in " + known_hosts_of(files) +
                ": somebody may stand in between, or the server got a new one");
    }
    if (says("Host key verification failed")) {
        return Error(
            ErrorKind::Denied, "the host key of " + host + " is not in " + known_hosts_of(files));
    }
    if (says("Load key \"")) {
        return Error(ErrorKind::Denied, "the ssh key file " + files.key + " holds no private key");
    }
    if (says("Permission denied (")) {
        return Error(
            ErrorKind::Denied,
            host + " does not let the ssh key " + files.key + " in, or that key has a passphrase");
    }
    return std::nullopt;
}

}  // namespace wavegate::source
