#include "operator/source/git_command.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace wavegate::source {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr std::size_t kLongestSecrets = 132U << 10U;  // two of 64 KiB, and their names
constexpr std::string_view kFolderName = "wavegate-git-";
// Hand out what lies on the third file, in memory, to git alone: nothing is written anywhere. The
// server's credential is its first two lines, the proxy's its last two.
constexpr std::string_view kServerHelper =
    ".helper=!f() { test \"$1\" = get && head -n 2 /dev/fd/3; }; f";
constexpr std::string_view kProxyHelper =
    ".helper=!f() { test \"$1\" = get && tail -n 2 /dev/fd/3; }; f";

/// In the form that git's credential helpers answer.
void add_credential(std::string& text, const std::string& username, const SecretValue& password) {
    text += "username=" + username + "\npassword=";
    password->reveal([&](std::string_view value) { text += value; });
    text += '\n';
}

/// By https or http?
bool is_web(std::string_view url) {
    return url.starts_with(kHttps) || url.starts_with(kHttp);
}

/// The settings by which git reaches a server of the web, and what it may show there and to the
/// proxy.
void take_road(const Remote& remote, const SecretValue& token, Command& command) {
    const auto& road = remote.road;
    const auto& proxy = road.proxy;
    const auto set = [&](const std::string& setting) {
        command.arguments.emplace_back("-c");
        command.arguments.push_back(setting);
    };
    if (!road.ca_file.empty()) {
        set("http.sslCAInfo=" + road.ca_file);
    }
    if (!road.client_certificate_file.empty()) {
        set("http.sslCert=" + road.client_certificate_file);
        set("http.sslKey=" + road.client_key_file);
    }
    std::string secrets;
    secrets.reserve(kLongestSecrets);  // no growth, so no copy is left behind
    if (token) {
        const auto origin = remote.url.substr(0, remote.url.find("://") + 3) +
                            std::string(url_authority(remote.url));
        set("credential." + origin + std::string(kServerHelper));
        add_credential(secrets, remote.username.empty() ? "git" : remote.username, token);
    }
    if (!proxy.url.empty()) {
        const std::string authority(url_authority(proxy.url));
        const auto user = proxy.password ? percent_encode(proxy.username) + "@" : std::string();
        set("http.proxy=http://" + user + authority);
        command.environment.push_back("NO_PROXY=" + proxy.no_proxy);
        if (proxy.password) {
            set("http.proxyAuthMethod=basic");
            set("credential.http://" + authority + std::string(kProxyHelper));
            add_credential(secrets, proxy.username, proxy.password);
        }
    }
    if (!secrets.empty()) {
        command.secret = make_secret(std::move(secrets));
    }
}

Error invalid(std::string why) {
    return {ErrorKind::Invalid, std::move(why)};
}

Result<void> check_ssh(const Remote& remote) {
    const auto host = host_of(remote.url);
    if (host.empty() || host.starts_with('-')) {
        return invalid("the repository's url names no host");
    }
    const auto scheme = remote.url.find("://");
    const auto user = remote.url.substr(scheme == std::string::npos ? 0 : scheme + 3);
    if (user.substr(0, user.find_first_of("@/")).find(':') != std::string::npos &&
        user.find('@') < user.find('/')) {
        return invalid("the repository's url must not hold a password: ssh takes a key");
    }
    if (remote.ssh.key.empty()) {
        return invalid(
            "an ssh repository needs a key: sshKeyFile of the source, sshKeyRef of "
            "stackRepo");
    }
    return check_names(remote.ssh);
}

Result<void> check_web(const Remote& remote) {
    const std::string_view url = remote.url;
    const auto host = url.substr(url.find("://") + 3);
    const auto authority = host.substr(0, host.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) {
        return invalid("the repository's url must not hold a user: use username and tokenRef");
    }
    if (authority.empty() || authority.starts_with('-') || authority.starts_with(':')) {
        return invalid("the repository's url names no host");
    }
    if (url.starts_with(kHttp) && !remote.plain_http) {
        return invalid(
            "the repository's url is plain http, where anybody on the way reads the token and "
            "changes what is read: use https, or list its origin in operator.yaml");
    }
    return {};
}

std::string parent_folder(const std::string& parent) {
    std::error_code ignored;
    return parent.empty() ? std::filesystem::temp_directory_path(ignored).string() : parent;
}

/// The open folder, locked by this process; below zero when it is no folder of this user's, or
/// another process holds it, or has just removed it.
int lock_folder(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat found = {};
    const bool ours = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &found) == 0 &&
                      found.st_uid == ::geteuid() && found.st_nlink > 0;
    if (fd >= 0 && !ours) {
        ::close(fd);
    }
    return ours ? fd : -1;
}

bool mentions(std::string_view text, std::initializer_list<std::string_view> phrases) {
    return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
        return text.find(phrase) != std::string_view::npos;
    });
}

/// Nothing: it is about neither the proxy nor a client certificate.
std::optional<Error> road_error(std::string_view said, const Proxy& proxy) {
    if (blames_proxy(proxy, said)) {
        return Error(ErrorKind::Unavailable, "the proxy can't be reached");
    }
    // 401 is tinyproxy's answer to a wrong password.
    if (mentions(
            said, {"CONNECT tunnel failed, response 407", "CONNECT tunnel failed, response 401"})) {
        return Error(
            ErrorKind::Denied, "the proxy does not take our credentials, or there are none");
    }
    if (mentions(said, {"CONNECT tunnel failed, response 403"})) {
        return Error(ErrorKind::Denied, "the proxy lets nobody through to this host");
    }
    if (mentions(said, {"CONNECT tunnel failed"})) {
        return Error(ErrorKind::Unavailable, "the proxy finds no way to this host");
    }
    if (mentions(said, {"error reading X.509 key", "could not load PEM client certificate"})) {
        return Error(
            ErrorKind::Invalid,
            "the client certificate or its key can't be used (clientCertificateFile, "
            "clientKeyFile)");
    }
    // nginx answers 400 to who shows no certificate, or another authority's; others by an alert.
    if (mentions(said, {"returned error: 400", "TLS fatal alert", "alert certificate required"})) {
        return Error(
            ErrorKind::Denied,
            "the server refuses us: it may ask for another client certificate "
            "(clientCertificateFile)");
    }
    return std::nullopt;
}

/// Nothing: it is not about how the server is reached. Debian's git speaks TLS by GnuTLS, others by
/// OpenSSL.
std::optional<Error> https_error(std::string_view said, const Proxy& proxy) {
    if (auto error = road_error(said, proxy)) {
        return error;
    }
    if (mentions(
            said,
            {"Authentication failed",
             "could not read Username",
             "could not read Password",
             "returned error: 401"})) {
        return Error(ErrorKind::Denied, "the server does not take the token, or there is none");
    }
    if (mentions(said, {"is this a git repository?"})) {
        return Error(
            ErrorKind::NotFound, "the server answers, but there is no git repository there");
    }
    if (mentions(said, {"returned error: 403"})) {
        return Error(ErrorKind::Denied, "the token may not do this in the repository");
    }
    if (mentions(said, {"certificate verification failed", "SSL certificate problem"})) {
        return Error(
            ErrorKind::Unavailable,
            "the server's certificate is of no authority that is trusted (caFile)");
    }
    if (mentions(said, {"Problem with the SSL CA cert", "error setting certificate"})) {
        return Error(ErrorKind::Invalid, "the authorities' file can't be read (caFile)");
    }
    return std::nullopt;
}

}  // namespace

Result<void> check_remote(const Remote& remote) {
    const std::string_view url = remote.url;
    if (url.find_first_of(" \t\r\n") != std::string_view::npos) {
        return invalid("the repository's url has a space in it");
    }
    if (url.starts_with('-')) {
        return invalid("the repository's url must not begin with -, git would read an option");
    }
    if (is_web(url)) {
        return check_web(remote);
    }
    if (url.starts_with("file:///")) {
        return {};
    }
    if (is_ssh(url)) {
        return check_ssh(remote);
    }
    if (url.find("::") == std::string_view::npos && url.find("://") == std::string_view::npos) {
        return invalid(
            "the repository's url names no scheme: https://, ssh://, or file:///path for a "
            "repository on this machine");
    }
    return invalid("the repository's url must begin with https://, http://, ssh:// or file:///");
}

bool is_branch(std::string_view name) {
    // git-check-ref-format, and narrower: no sign that a shell or a refspec reads.
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./+#@").find(c) != std::string_view::npos;
    };
    const auto contains = [&](std::string_view part) {
        return name.find(part) != std::string_view::npos;
    };
    return !name.empty() && name.size() <= 200 && std::all_of(name.begin(), name.end(), plain) &&
           !name.starts_with('-') && !name.starts_with('.') && !name.starts_with('/') &&
           !name.ends_with('/') && !name.ends_with('.') && !name.ends_with(".lock") &&
           !contains("..") && !contains("//") && !contains("/.") && !contains("@{") && name != "@";
}

bool is_commit(std::string_view id) {
    return id.size() == 40 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void remove_stale_repositories(const std::string& parent) {
    namespace fs = std::filesystem;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(parent_folder(parent), failed)) {
        const auto& path = entry.path();
        if (!path.filename().string().starts_with(kFolderName)) {
            continue;
        }
        const int lock = lock_folder(path.string());
        if (lock >= 0) {
            std::error_code ignored;
            fs::remove_all(path, ignored);
            ::close(lock);
        }
    }
}

Result<GitRepository> GitRepository::create(const std::string& parent) {
    std::string folder;
    int lock = -1;
    // Between the two steps another process may have taken the folder for a stale one.
    for (int tries = 3; lock < 0 && tries > 0; --tries) {
        folder = parent_folder(parent) + "/" + std::string(kFolderName) + "XXXXXX";
        if (::mkdtemp(folder.data()) != nullptr) {
            lock = lock_folder(folder);
        }
    }
    if (lock < 0) {
        return Error(ErrorKind::Unavailable, "no folder for a git repository can be made");
    }
    GitRepository repository(std::move(folder), lock);
    auto made =
        run_child(repository.command({}, nullptr, {"init", "-q", "--bare", "--template=", "."}));
    if (!made) {
        return made.take_error();
    }
    if (made->status != 0) {
        return Error(ErrorKind::Unavailable, "git can't make a repository");
    }
    return repository;
}

GitRepository::~GitRepository() {
    if (!folder_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
        ::close(lock_);
    }
}

GitRepository::GitRepository(GitRepository&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), lock_(std::exchange(other.lock_, -1)) {}

Command GitRepository::command(
    const Remote& remote,
    const SecretValue& token,
    std::vector<std::string> arguments) const {
    Command command;
    command.program = "git";
    command.environment = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=" + folder_,
        "GIT_DIR=" + folder_,
        "LC_ALL=C",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_CONFIG_GLOBAL=/dev/null",
    };
    command.arguments = {"-C", folder_};
    const auto set = [&](std::string setting) {
        command.arguments.emplace_back("-c");
        command.arguments.push_back(std::move(setting));
    };
    set("credential.helper=");  // forgets every other helper
    set("protocol.allow=never");
    set("protocol.https.allow=always");
    if (remote.plain_http) {
        set("protocol.http.allow=always");
    }
    set("protocol.file.allow=always");
    set("http.followRedirects=false");
    set("gc.auto=0");  // leaves no process behind
    set("maintenance.auto=false");
    if (is_web(remote.url)) {
        take_road(remote, token, command);
    }
    if (is_ssh(remote.url) && !remote.ssh.key.empty()) {
        set("protocol.ssh.allow=always");
        command.environment.push_back("GIT_SSH_COMMAND=" + ssh_command(remote.ssh));
        command.environment.emplace_back("GIT_SSH_VARIANT=ssh");
    }
    command.arguments.insert(
        command.arguments.end(),
        std::make_move_iterator(arguments.begin()),
        std::make_move_iterator(arguments.end()));
    return command;
}

Error remote_error(const Finished& finished, const Remote& remote) {
    const std::string_view said = finished.complaint;
    if (is_ssh(remote.url)) {
        if (auto error = ssh_error(said, host_of(remote.url), remote.ssh)) {
            return std::move(*error);
        }
    }
    if (is_web(remote.url)) {
        if (auto error = https_error(said, remote.road.proxy)) {
            return std::move(*error);
        }
    }
    if (mentions(said, {"Permission denied", "dubious ownership"})) {
        return {ErrorKind::Denied, "git may not read the repository"};
    }
    if (mentions(said, {"not found", "does not appear to be a git repository", "does not exist"})) {
        return {ErrorKind::NotFound, "no such repository, or no access to it"};
    }
    return {ErrorKind::Unavailable, "the repository can't be reached"};
}

}  // namespace wavegate::source
