#pragma once

#include "tests/real/support/http.hpp"
#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A real OpenBao on a port of its own. Dev: in memory, born unsealed. Raft: one node with its data
/// in the folder, initialised with two of three shares; whatever it stored is there again after
/// stop and start, sealed.
class OpenBaoServer {
  public:
    enum class Storage { Dev, Raft };
    explicit OpenBaoServer(Storage storage);

    /// Active and unsealed when this returns true.
    [[nodiscard]] bool start();
    void stop() { process_.reset(); }
    /// As a crash.
    void kill();
    void seal() const;
    [[nodiscard]] bool unseal() const;

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] const std::string& root() const { return root_; }
    /// As a person with the root token would ask.
    [[nodiscard]] HttpResponse as_root(
        const std::string& method,
        const std::string& path,
        const boost::json::value& body = nullptr) const;

  private:
    [[nodiscard]] ServerCommand command() const;
    [[nodiscard]] bool initialise();
    [[nodiscard]] bool answers(int status) const;

    Storage storage_;
    TempFolder folder_{"wavegate-openbao"};
    int port_ = free_port();
    int cluster_port_ = free_port();
    std::string url_;
    std::string root_;
    std::vector<std::string> keys_;
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
