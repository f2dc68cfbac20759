#pragma once

#include "operator/base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::sandbox {

/// A container as the Swarm double is about to start it.
struct ContainerSpec {
    std::string task_id;
    std::string service;  ///< "<stack>_<service>"
    std::string image;
    std::map<std::string, std::string> env;
    std::vector<std::string> command;
};

/// What starting it comes to, decided once by image and env.
struct StartPlan {
    Duration ready_after{300};     ///< until it listens, or until it fails
    std::optional<int> exit_code;  ///< set: it exits at that moment
    std::string rejected;          ///< not empty: never starts, Status.Err
};

/// The programs inside the containers, seen from the Swarm double.
class Containers {
  public:
    virtual ~Containers() = default;
    virtual StartPlan plan(const ContainerSpec& spec) = 0;
    /// The container listens from now on.
    virtual void up(const ContainerSpec& spec) = 0;
    /// The container is gone (stopped, failed, or replaced).
    virtual void down(const std::string& task_id) = 0;
};

}  // namespace wavegate::sandbox
