#pragma once

#include "operator/sandbox/containers.hpp"
#include "operator/sandbox/portainer/timers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// The label by which Docker knows a stack's services.
inline constexpr const char* kNamespace = "com.docker.stack.namespace";

namespace json = boost::json;

/// In the order of a task's life; what comes after Running has ended.
enum class TaskState {
    New,
    Pending,
    Assigned,
    Preparing,
    Ready,
    Starting,
    Running,
    Complete,
    Shutdown,
    Failed,
    Rejected
};
enum class DesiredState { Ready, Running, Shutdown, Remove };
std::string_view to_string(TaskState state);
std::string_view to_string(DesiredState state);

struct ServiceRecord;

struct TaskRecord {
    std::string id;
    std::weak_ptr<ServiceRecord> service;
    std::string service_id;
    std::string service_name;
    std::uint64_t slot = 0;
    std::uint64_t version = 0;
    std::shared_ptr<const json::object> spec;  ///< TaskTemplate without Runtime
    TaskState state = TaskState::New;
    DesiredState desired = DesiredState::Running;
    bool after_others = false;  ///< stop-first: starts when the slot's other tasks have ended
    std::string message = "created";
    std::string error;
    std::optional<int> exit_code;
    std::string node;
    std::string created_at;
    std::string updated_at;
    StartPlan plan;
    bool container = false;    ///< handed to Containers: `down` is owed
    std::uint64_t epoch = 0;   ///< a timer set in an earlier epoch no longer counts
    mutable std::string text;  ///< JSON, until something changes

    [[nodiscard]] bool ended() const { return state > TaskState::Running; }
    /// Neither ended nor told to end.
    [[nodiscard]] bool live() const { return !ended() && desired <= DesiredState::Running; }
};
using TaskPtr = std::shared_ptr<TaskRecord>;

struct UpdateStatus {
    std::string state;
    std::string message;
    std::string started_at;
    std::string completed_at;
};

/// How tasks are replaced: UpdateConfig or RollbackConfig with the defaults of swarm.md.
struct UpdatePolicy {
    std::uint64_t parallelism = 1;  ///< 0: all at once
    bool start_first = false;
    Duration monitor{5000};
    std::string failure_action = "pause";
    double max_failure_ratio = 0;
};

/// A running update, looked at anew whenever one of its tasks moves.
struct UpdateRun {
    struct Slot {
        std::uint64_t slot = 0;
        TaskPtr fresh;
        bool done = false;
        Mono watched_until{};
    };
    bool rollback = false;
    UpdatePolicy policy;
    std::vector<std::uint64_t> waiting;
    std::vector<Slot> slots;
    std::size_t total = 0;
    std::size_t failures = 0;
    Mono settled_at{};  ///< not complete before
};

struct ServiceRecord {
    std::string id;
    std::string name;
    std::uint64_t version = 0;
    std::string created_at;
    std::string updated_at;
    json::object spec;
    std::optional<json::object> previous;
    std::optional<UpdateStatus> status;
    std::shared_ptr<const json::object> task_spec;  ///< what tasks should run
    std::vector<TaskPtr> tasks;
    std::optional<UpdateRun> run;
    std::uint64_t generation = 0;  ///< of accepted updates
    bool removed = false;
    std::map<std::string, std::string> told;  ///< by its newest event
    mutable std::string text;                 ///< JSON with status, until something changes
};
using ServicePtr = std::shared_ptr<ServiceRecord>;

struct Node {
    std::string id;
    std::string hostname;
    std::map<std::string, std::string> labels;
    bool available = true;
};

/// Networks, secrets and configs: what services refer to by name.
struct SwarmObject {
    std::string id;
    std::string name;
    std::string stack;  ///< label com.docker.stack.namespace; empty: made by hand
    std::string data;
    std::map<std::string, std::string> labels{};  ///< beside the stack's
    std::uint64_t version = 0;
};
using SwarmObjects = std::map<std::string, SwarmObject>;

/// The engine's no: HTTP status and message as the Docker API gives them.
struct Refusal {
    int status = 500;
    std::string message;
};

/// A Swarm of one manager: services, tasks and the update timeline as measured (swarm.md). Objects
/// are kept in the API's own JSON; what happens inside a container is asked from `Containers`.
class Swarm {
  public:
    /// A `speed` of 10 divides what Swarm and its containers take by ten; what a spec states
    /// (monitor, delay) stays.
    Swarm(
        Clock& clock,
        const asio::any_io_executor& executor,
        Containers& containers,
        int speed = 1);
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;
    ~Swarm() = default;

    /// Sets `id` on success.
    std::optional<Refusal> create(json::object spec, std::string* id = nullptr);
    /// `version` must be the service's own, as in the API.
    std::optional<Refusal>
    update(const std::string& id_or_name, std::uint64_t version, json::object spec);
    /// `rollback=previous`, as a person would ask for it.
    std::optional<Refusal> roll_back(const std::string& id_or_name, std::uint64_t version);
    std::optional<Refusal> remove(const std::string& id_or_name);

    [[nodiscard]] ServicePtr find(const std::string& id_or_name) const;
    [[nodiscard]] std::vector<ServicePtr> services() const;
    /// Those of removed services too, until their containers are gone.
    [[nodiscard]] std::vector<TaskPtr> tasks() const;

    /// Tasks find a node by constraints on `node.labels.X`, `node.hostname` and `node.role`.
    [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
    void label_node(const std::string& key, const std::string& value);
    void drain(bool drained);

    SwarmObjects& networks() { return networks_; }
    SwarmObjects& secrets() { return secrets_; }
    SwarmObjects& configs() { return configs_; }
    SwarmObject& add(SwarmObjects& objects, const std::string& name, const std::string& stack = {});
    /// All that can change of a secret or config; `version` must be its own.
    std::optional<Refusal>
    relabel(SwarmObject& object, std::uint64_t version, std::map<std::string, std::string> labels);

    /// What a registry resolves an image to; unknown ones keep their text.
    void publish(const std::string& image, const std::string& digest) { digests_[image] = digest; }
    [[nodiscard]] std::string resolve(const std::string& image) const;

    /// Added to every later start of this service ("slow convergence").
    void slow_start(const std::string& name, Duration extra) { slow_[name] = extra; }

    /// Called with each event of a service, as Docker tells it (swarm.md).
    std::function<void(const json::object& event)> on_event;

    [[nodiscard]] const std::string& id() const { return cluster_id_; }
    [[nodiscard]] std::uint64_t index() const { return raft_; }
    std::string new_id();

  private:
    // swarm.cpp
    [[nodiscard]] std::optional<Refusal> accept(const json::object& spec, const std::string& self)
        const;
    void replace_spec(const ServicePtr& service, json::object spec);
    std::string stamp();
    void touch(ServiceRecord& service);
    void tell(ServiceRecord& service, const char* action);

    // tasks.cpp: the life of one task
    TaskPtr new_task(const ServicePtr& service, std::uint64_t slot, DesiredState desired);
    void move(const TaskPtr& task, TaskState state, std::string message);
    void later(const TaskPtr& task, Duration wait, void (Swarm::*next)(const TaskPtr&));
    void place(const TaskPtr& task);
    void prepare(const TaskPtr& task);
    void prepared(const TaskPtr& task);
    void start(const TaskPtr& task);
    void starting(const TaskPtr& task);
    void running(const TaskPtr& task);
    void listening(const TaskPtr& task);
    void exited(const TaskPtr& task);
    void want(const TaskPtr& task, DesiredState desired);
    void stopping(const TaskPtr& task);
    void take_down(const TaskPtr& task);
    void stopped(const TaskPtr& task);
    void end(const TaskPtr& task, TaskState state, std::string error, int code);
    void died(const ServicePtr& service, const TaskPtr& task);
    void restart(const ServicePtr& service, const TaskPtr& task);
    void restart_now(const TaskPtr& task);
    void start_waiting(ServiceRecord& service, std::uint64_t slot);
    static void forget_history(ServiceRecord& service, std::uint64_t slot);
    void place_pending();
    [[nodiscard]] std::string why_not(const TaskRecord& task) const;
    [[nodiscard]] bool host_port_taken(const TaskRecord& task) const;

    // updater.cpp: replacing tasks
    void scale(const ServicePtr& service);
    void begin_update(const ServicePtr& service);
    void begin_rollback(const ServicePtr& service);
    bool plan_update(const ServicePtr& service, UpdateRun& run);
    bool keep_one(const ServicePtr& service, std::uint64_t slot);
    void step(const ServicePtr& service);
    void step_later(const ServicePtr& service, Duration wait);
    void open_slots(const ServicePtr& service);
    void open_slot(const ServicePtr& service, std::uint64_t slot);
    void look_at(const ServicePtr& service, UpdateRun::Slot& slot);
    bool failed_in_update(const ServicePtr& service, const TaskPtr& task);
    bool act_on_failure(const ServicePtr& service, const TaskPtr& task);
    void set_status(const ServicePtr& service, const char* state, std::string message);
    void finish_update(const ServicePtr& service);

    Timers timers_;
    Containers& containers_;
    int speed_;
    std::uint64_t raft_ = 10;
    std::uint64_t made_ = 0;
    std::uint64_t stamps_ = 0;
    std::map<std::string, ServicePtr> by_id_;
    std::map<std::string, ServicePtr> by_name_;
    std::vector<TaskPtr> leaving_;  ///< tasks of removed services
    std::vector<Node> nodes_;
    SwarmObjects networks_;
    SwarmObjects secrets_;
    SwarmObjects configs_;
    std::set<TaskPtr> pending_;  ///< no node takes them
    std::map<std::string, std::string> digests_;
    std::map<std::string, Duration> slow_;
    std::string cluster_id_;
};

/// Read from a spec, with the defaults of swarm.md.
UpdatePolicy policy_of(const json::object& spec, bool rollback);
std::uint64_t replicas_of(const json::object& spec, std::size_t nodes);
const json::object* at_path(const json::object& from, std::initializer_list<const char*> path);
std::string text_at(const json::object& from, std::initializer_list<const char*> path);
std::map<std::string, std::string> env_of(const json::object& task_spec);
std::vector<std::string> command_of(const json::object& task_spec);

}  // namespace wavegate::sandbox
