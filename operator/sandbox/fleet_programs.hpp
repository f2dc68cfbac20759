#pragma once

#include "operator/base/task_group.hpp"
#include "operator/sandbox/containers.hpp"
#include "operator/sandbox/mcp/behaviour.hpp"
#include "operator/sandbox/multiplexer/answer.hpp"
#include "operator/sandbox/outside.hpp"
#include "operator/sandbox/site.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

class McpService;
class Multiplexer;

/// The programs in the fleet's containers. Which one a container runs is looked up by its Swarm
/// service, then by its image as written, then by the image's repository; an image that nobody
/// registered is some program without a port. Destroy it before its executor's context.
class FleetPrograms final : public Containers {
  public:
    explicit FleetPrograms(const Outside& outside);
    ~FleetPrograms() override;
    FleetPrograms(const FleetPrograms&) = delete;
    FleetPrograms& operator=(const FleetPrograms&) = delete;

    /// The switches returned here act at once, on running containers too (but for those that the
    /// start decides).
    Behaviour& service(const std::string& key, Behaviour behaviour);
    MultiplexerBehaviour& multiplexer(const std::string& key, MultiplexerBehaviour behaviour);

    StartPlan plan(const ContainerSpec& spec) override;
    void up(const ContainerSpec& spec) override;
    void down(const std::string& task_id) override;

    /// Who answers for a Swarm service now: its tasks take turns, as behind its virtual IP. Null:
    /// no task listens.
    std::shared_ptr<Site> running(const std::string& swarm_service);
    [[nodiscard]] bool is_running(const Site& site) const;
    /// Every running multiplexer of this Swarm service marks the child FAILED, for good. False:
    /// none has such a child.
    bool park(const std::string& swarm_service, const std::string& child);
    /// Runs of any tool in the tasks of a Swarm service that listen now.
    [[nodiscard]] std::size_t tool_runs(const std::string& swarm_service) const;

    /// By child: what it answered last to a call through a multiplexer.
    [[nodiscard]] const std::map<std::string, ChildAnswer>& last_answers() const {
        return last_answers_;
    }
    /// How many answers there were.
    [[nodiscard]] std::uint64_t answers() const { return answers_; }

  private:
    struct Instance {
        std::string task_id;
        std::string swarm_service;
        std::shared_ptr<Site> site;
        std::shared_ptr<McpService> service;
        std::shared_ptr<Multiplexer> multiplexer;
    };
    template <class T>
    using Registry = std::map<std::string, std::shared_ptr<T>>;

    template <class T>
    static std::shared_ptr<T> find(const Registry<T>& registry, const ContainerSpec& spec);

    Outside outside_;
    TaskGroup tasks_;
    Registry<Behaviour> services_;
    Registry<MultiplexerBehaviour> multiplexers_;
    std::vector<Instance> instances_;
    std::map<std::string, ChildAnswer> last_answers_;
    std::uint64_t answers_ = 0;
    std::size_t turn_ = 0;
};

/// "registry:5000/a/b:tag@sha256:…" → "registry:5000/a/b"
std::string image_repository(std::string_view image);

}  // namespace wavegate::sandbox
