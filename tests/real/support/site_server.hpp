#pragma once

#include "operator/net/server.hpp"
#include "operator/sandbox/site.hpp"
#include "tests/support/driver.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// A Site on a loopback port of its own, for real programs to ask. It answers while the driver
/// runs something.
class SiteServer {
  public:
    SiteServer(Driver& driver, sandbox::Site& site);
    ~SiteServer();
    SiteServer(const SiteServer&) = delete;
    SiteServer& operator=(const SiteServer&) = delete;

    /// Without a slash at its end; the same again after `serve(false)`.
    [[nodiscard]] std::string url() const;
    /// False: connections are refused from now on.
    void serve(bool up);

  private:
    Driver& driver_;
    sandbox::Site& site_;
    int port_ = 0;
    std::unique_ptr<net::Server> server_;
};

}  // namespace wavegate::testing
