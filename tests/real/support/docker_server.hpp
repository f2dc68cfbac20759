#pragma once

#include "operator/sandbox/portainer/engine.hpp"
#include "tests/real/support/server_process.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A Docker engine of the tests' own: one Swarm manager on the loopback, with socket, data and pid
/// file in a temporary folder, in mount and process namespaces of its own, so that nothing of it
/// outlives it. Services use the network `host`; there is no other. Several threads may use it.
class DockerServer final : public sandbox::Engine {
  public:
    /// nullptr when it is not installed here; throws when it does not come up.
    static std::unique_ptr<DockerServer> start();
    ~DockerServer() override;

    /// An image of one shell program, run by busybox.
    void make_image(const std::string& name, const std::string& script);
    /// The CLI: standard output and error together; `failed` tells how it ended.
    std::string docker(const std::vector<std::string>& arguments, bool* failed = nullptr);

    std::optional<std::string> deploy(const sandbox::Deployment& order) override;
    void undeploy(const std::string& stack) override;
    bool runs(const std::string& stack) override;
    [[nodiscard]] std::string cluster_id() override { return cluster_id_; }
    HttpResponse call(const std::string& method, const std::string& target, const std::string& body)
        override;

  private:
    explicit DockerServer(std::string programs);
    void boot();
    struct Ran {
        int status = 0;
        std::string out;
        std::string errors;
    };
    Ran run(std::vector<std::string> argv, std::vector<std::string> env = {});

    std::string programs_;
    std::string cluster_id_;
    TempFolder folder_{"wavegate-docker"};
    std::string socket_ = folder_.path() + "/docker.sock";
    std::unique_ptr<ServerProcess> process_;
    std::mutex one_command_;  ///< at a time: their outputs go to the same files
};

}  // namespace wavegate::testing
