#pragma once

#include "tests/real/support/authority.hpp"
#include "tests/real/support/server_process.hpp"

#include <memory>
#include <optional>
#include <string>

namespace wavegate::testing {

/// A real etcd of one member on ports of its own, with its data in a temporary folder: what it
/// acknowledged is there again after a crash.
class EtcdServer {
  public:
    /// Https with a certificate of `authority`, for clients that show one of the same.
    struct Tls {
        const Authority& authority;
    };
    /// nullptr when it is not installed here; throws when it does not come up, and in CI where it
    /// is not installed.
    static std::unique_ptr<EtcdServer> start(const std::optional<Tls>& tls = std::nullopt);

    /// Without a slash at its end.
    [[nodiscard]] const std::string& url() const { return url_; }
    /// As a crash.
    void kill() { process_->kill(); }
    /// Throws when it does not come up.
    void start_again();
    /// From now on everybody is asked for a name; of this user, with all rights.
    void require_login(const std::string& name, const std::string& password);

  private:
    EtcdServer(std::string program, const std::optional<Tls>& tls);

    std::string program_;
    TempFolder folder_{"wavegate-etcd"};
    int port_ = free_port();
    int peer_port_ = free_port();
    std::string url_;
    std::vector<std::string> tls_options_;
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
