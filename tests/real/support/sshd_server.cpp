#include "tests/real/support/sshd_server.hpp"

#include "tests/real/support/program.hpp"

#include <filesystem>
#include <fstream>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace wavegate::testing {
namespace {

std::string own_name() {
    const auto* user = ::getpwuid(::getuid());
    return user == nullptr ? std::string("root") : user->pw_name;
}

/// As root, sshd wants a folder below /run that Debian makes when its service starts: here it gets
/// one that nobody else sees.
std::vector<std::string> in_place(std::vector<std::string> sshd) {
    if (::getuid() != 0 || std::filesystem::exists("/run/sshd")) {
        return sshd;
    }
    std::vector<std::string> words{
        "/usr/bin/unshare",
        "--mount",
        "/bin/sh",
        "-c",
        "mount -t tmpfs -o mode=755 none /run && mkdir /run/sshd && exec \"$@\"",
        "sh"};
    words.insert(words.end(), sshd.begin(), sshd.end());
    return words;
}

}  // namespace

std::unique_ptr<SshdServer> SshdServer::start() {
    const auto folder = installed("roads");
    if (!folder) {
        return nullptr;
    }
    std::unique_ptr<SshdServer> server(new SshdServer(*folder + "/bin/"));
    const std::ofstream nobody_yet(server->folder_.path() + "/authorized_keys");
    server->change_host_key();
    return server;
}

std::string SshdServer::url(const std::string& path) const {
    return "ssh://" + own_name() + "@127.0.0.1:" + std::to_string(port_) + path;
}

std::string SshdServer::make_key(const std::string& name, const std::string& passphrase) {
    auto file = folder_.path() + "/" + name;
    run_program({programs_ + "ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file});
    return file;
}

void SshdServer::let_in(const std::string& key_file) {
    std::ofstream(folder_.path() + "/authorized_keys", std::ios::app)
        << std::ifstream(key_file + ".pub").rdbuf();
}

std::string SshdServer::known_hosts() const {
    auto file = folder_.path() + "/known_hosts";
    std::string type;
    std::string key;
    std::ifstream(folder_.path() + "/host-" + std::to_string(host_keys_) + ".pub") >> type >> key;
    std::ofstream(file) << "[127.0.0.1]:" << port_ << " " << type << " " << key << "\n";
    return file;
}

void SshdServer::change_host_key() {
    if (process_) {
        process_->stop();
    }
    make_key("host-" + std::to_string(++host_keys_));
    boot();
}

void SshdServer::boot() {
    const auto& folder = folder_.path();
    const auto config = folder + "/sshd_config";
    std::ofstream(config) << "ListenAddress 127.0.0.1:" << port_ << "\n"
                          << "HostKey " << folder << "/host-" << host_keys_ << "\n"
                          << "AuthorizedKeysFile " << folder << "/authorized_keys\n"
                          << "PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
                          << "AuthenticationMethods publickey\nLogLevel VERBOSE\n";
    ServerCommand command;
    command.name = "sshd";
    command.folder = folder;
    command.argv = in_place({programs_ + "sshd", "-D", "-e", "-f", config});
    process_ = std::make_unique<ServerProcess>(std::move(command));
    if (!process_->wait_until([this] { return listens(port_); }, std::chrono::seconds(30))) {
        throw std::runtime_error("sshd did not come up");
    }
}

}  // namespace wavegate::testing
