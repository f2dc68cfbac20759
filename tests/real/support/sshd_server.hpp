#pragma once

#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// OpenSSH's sshd on the loopback, with a host key and authorized keys of its own. It lets in the
/// user that runs the test.
class SshdServer {
  public:
    /// Null when it is not installed here; throws when it does not come up.
    static std::unique_ptr<SshdServer> start();

    /// "ssh://user@127.0.0.1:port" and an absolute path.
    [[nodiscard]] std::string url(const std::string& path) const;
    [[nodiscard]] int port() const { return port_; }

    /// A fresh private key, which the server does not know.
    std::string make_key(const std::string& name, const std::string& passphrase = {});
    /// From now on it does.
    void let_in(const std::string& key_file);
    /// A file that knows this server by its present host key.
    [[nodiscard]] std::string known_hosts() const;
    /// Restarts with another host key.
    void change_host_key();
    void stop() { process_->stop(); }

  private:
    explicit SshdServer(std::string programs) : programs_(std::move(programs)) {}
    void boot();

    std::string programs_;
    int port_ = free_port();
    int host_keys_ = 0;
    TempFolder folder_{"wavegate-sshd"};
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
