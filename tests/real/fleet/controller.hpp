#pragma once

#include "tests/real/fleet/site.hpp"
#include "tests/real/support/server_process.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// `wavegate run` on the site, with its own settings, store and log.
class Controller {
  public:
    explicit Controller(Site& site);

    void start();
    /// SIGKILL.
    void kill();
    void stop() { process_.reset(); }
    /// With an empty store, as on a new machine; it must not run.
    void forget();
    [[nodiscard]] bool running() { return process_ && process_->running(); }
    /// The end of its log, for a failing test's message.
    [[nodiscard]] std::string log() const;

  private:
    Site& site_;
    std::string folder_;
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
