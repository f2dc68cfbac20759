#include "operator/sandbox/portainer/swarm.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

// Measured on one idle node (swarm.md, swarm-timelines.json).
constexpr Duration kScheduling{100};
constexpr Duration kPreparing{100};
constexpr Duration kStarting{100};
constexpr Duration kRunning{300};      ///< from the order to start
constexpr Duration kKillSeen{200};     ///< ExitCode -1
constexpr Duration kSigterm{3200};     ///< the process is gone
constexpr Duration kStopped{3400};     ///< the task says so
constexpr Duration kNotStarted{2300};  ///< to end a task that never ran
constexpr std::size_t kHistory = 5;

Duration
nanos_at(const json::object& spec, const char* group, const char* key, Duration otherwise) {
    const auto* found = at_path(spec, {group});
    const auto* value = found == nullptr ? nullptr : found->if_contains(key);
    return value == nullptr ? otherwise : Duration(value->to_number<std::int64_t>() / 1'000'000);
}

/// `node.labels.name == value` and its kin; unknown attributes match nothing.
bool meets(const Node& node, std::string_view constraint) {
    const auto sign = constraint.find_first_of("=!");
    if (sign == std::string_view::npos || sign + 2 > constraint.size()) {
        return false;
    }
    const auto trimmed = [](std::string_view text) {
        const auto from = text.find_first_not_of(' ');
        const auto to = text.find_last_not_of(' ');
        return from == std::string_view::npos ? std::string_view()
                                              : text.substr(from, to - from + 1);
    };
    const auto key = trimmed(constraint.substr(0, sign));
    const auto wanted = trimmed(constraint.substr(sign + 2));
    std::string is;
    constexpr std::string_view labels = "node.labels.";
    if (key.starts_with(labels)) {
        const auto label = node.labels.find(std::string(key.substr(labels.size())));
        is = label == node.labels.end() ? std::string() : label->second;
    } else if (key == "node.hostname") {
        is = node.hostname;
    } else if (key == "node.role") {
        is = "manager";
    }
    return (is == wanted) == (constraint[sign] == '=');
}

std::set<std::int64_t> host_ports(const json::object& spec) {
    std::set<std::int64_t> ports;
    const auto* endpoint = at_path(spec, {"EndpointSpec"});
    const auto* list = endpoint == nullptr ? nullptr : endpoint->if_contains("Ports");
    if (list == nullptr) {
        return ports;
    }
    for (const auto& port : list->as_array()) {
        if (text_at(port.as_object(), {"PublishMode"}) == "host") {
            ports.insert(port.at("PublishedPort").to_number<std::int64_t>());
        }
    }
    return ports;
}

ContainerSpec container_of(const TaskRecord& task) {
    ContainerSpec spec;
    spec.task_id = task.id;
    spec.service = task.service_name;
    spec.image = text_at(*task.spec, {"ContainerSpec", "Image"});
    spec.env = env_of(*task.spec);
    spec.command = command_of(*task.spec);
    return spec;
}

/// Without a health check a task runs as soon as its process does; with one, at the first good
/// check, which comes an interval later.
Duration time_to_running(const TaskRecord& task) {
    const auto* container = at_path(*task.spec, {"ContainerSpec"});
    const auto interval = nanos_at(*container, "Healthcheck", "Interval", Duration(0));
    if (at_path(*container, {"Healthcheck"}) == nullptr) {
        return kRunning;
    }
    const auto every = interval > Duration(0) ? interval : Duration(30'000);
    const auto checks =
        std::max<std::int64_t>(1, (task.plan.ready_after + every - Duration(1)) / every);
    return every * checks;
}

}  // namespace

TaskPtr Swarm::new_task(const ServicePtr& service, std::uint64_t slot, DesiredState desired) {
    auto task = std::make_shared<TaskRecord>();
    task->id = new_id();
    task->service = service;
    task->service_id = service->id;
    task->service_name = service->name;
    task->slot = slot;
    task->spec = service->task_spec;
    task->desired = desired;
    task->created_at = stamp();
    service->tasks.push_back(task);
    move(task, TaskState::New, "created");
    later(task, kScheduling, &Swarm::place);
    return task;
}

void Swarm::move(const TaskPtr& task, TaskState state, std::string message) {
    task->state = state;
    task->message = std::move(message);
    task->version = ++raft_;
    task->updated_at = stamp();
    task->text.clear();
    if (const auto service = task->service.lock()) {
        service->text.clear();
    }
}

void Swarm::later(const TaskPtr& task, Duration wait, void (Swarm::*next)(const TaskPtr&)) {
    timers_.after(wait / speed_, [this, task, next, epoch = task->epoch] {
        if (task->epoch == epoch) {
            (this->*next)(task);
        }
    });
}

bool Swarm::host_port_taken(const TaskRecord& task) const {
    const auto service = task.service.lock();
    const auto ports = service ? host_ports(service->spec) : std::set<std::int64_t>();
    if (ports.empty()) {
        return false;
    }
    const auto everyone = tasks();
    return std::any_of(everyone.begin(), everyone.end(), [&](const TaskPtr& other) {
        const auto owner = other->service.lock();
        if (other->id == task.id || other->node.empty() || other->ended() || !owner) {
            return false;
        }
        const auto theirs = host_ports(owner->spec);
        return std::any_of(
            theirs.begin(), theirs.end(), [&](std::int64_t port) { return ports.contains(port); });
    });
}

std::string Swarm::why_not(const TaskRecord& task) const {
    const auto& node = nodes_.front();
    if (!node.available) {
        return "no suitable node (1 node not available for new tasks)";
    }
    if (const auto* placement = at_path(*task.spec, {"Placement"})) {
        if (const auto* constraints = placement->if_contains("Constraints")) {
            for (const auto& constraint : constraints->as_array()) {
                if (!meets(node, constraint.as_string())) {
                    return "no suitable node (scheduling constraints not satisfied on 1 node)";
                }
            }
        }
    }
    return host_port_taken(task) ? "no suitable node (host-mode port already in use on 1 node)"
                                 : "";
}

void Swarm::place(const TaskPtr& task) {
    task->error = why_not(*task);
    if (!task->error.empty()) {
        pending_.insert(task);
        move(task, TaskState::Pending, "pending task scheduling");
        return;
    }
    task->node = nodes_.front().id;
    move(task, TaskState::Assigned, "scheduler assigned task to node");
    later(task, kPreparing, &Swarm::prepare);
}

void Swarm::place_pending() {
    for (const auto& task : std::exchange(pending_, {})) {
        if (task->live()) {
            place(task);
        }
    }
}

void Swarm::prepare(const TaskPtr& task) {
    move(task, TaskState::Preparing, "preparing");
    task->plan = containers_.plan(container_of(*task));
    if (const auto slow = slow_.find(task->service_name); slow != slow_.end()) {
        task->plan.ready_after += slow->second;
    }
    if (!task->plan.rejected.empty()) {
        end(task, TaskState::Rejected, task->plan.rejected, 0);
        return;
    }
    later(task, Duration(0), &Swarm::prepared);
}

void Swarm::prepared(const TaskPtr& task) {
    move(task, TaskState::Ready, "prepared");
    if (task->desired == DesiredState::Running) {
        start(task);
    }
}

void Swarm::start(const TaskPtr& task) {
    later(task, kStarting, &Swarm::starting);
    later(task, std::max(task->plan.ready_after, kStarting), &Swarm::listening);
    later(task, time_to_running(*task), &Swarm::running);
    if (task->plan.exit_code) {
        // What fails at once is still seen running for a moment.
        later(task, std::max(task->plan.ready_after, kRunning + kStarting), &Swarm::exited);
    }
}

void Swarm::starting(const TaskPtr& task) {
    task->exit_code = 0;
    move(task, TaskState::Starting, "starting");
}

void Swarm::listening(const TaskPtr& task) {
    if (!task->plan.exit_code) {
        task->container = true;
        containers_.up(container_of(*task));
    }
}

void Swarm::running(const TaskPtr& task) {
    move(task, TaskState::Running, "started");
    if (const auto service = task->service.lock()) {
        step(service);
    }
}

void Swarm::exited(const TaskPtr& task) {
    const int code = *task->plan.exit_code;
    end(task,
        code == 0 ? TaskState::Complete : TaskState::Failed,
        code == 0 ? std::string() : fmt::format("task: non-zero exit ({})", code),
        code);
}

void Swarm::want(const TaskPtr& task, DesiredState desired) {
    task->desired = desired;
    move(task, task->state, task->message);
    const auto service = task->service.lock();
    if (desired <= DesiredState::Running) {
        if (task->ended() && service && !service->removed) {
            // Rejected while it was only wanted ready: noticed now that it should run.
            died(service, task);
        } else if (task->state == TaskState::Ready) {
            start(task);
        }
        return;
    }
    if (task->ended()) {
        return;
    }
    ++task->epoch;
    pending_.erase(task);
    if (task->state < TaskState::Starting) {
        later(task, kNotStarted, &Swarm::stopped);
        return;
    }
    later(task, kKillSeen, &Swarm::stopping);
    later(task, kSigterm, &Swarm::take_down);
    later(task, kStopped, &Swarm::stopped);
}

void Swarm::stopping(const TaskPtr& task) {
    task->exit_code = -1;
    move(task, task->state, task->message);
}

void Swarm::take_down(const TaskPtr& task) {
    if (std::exchange(task->container, false)) {
        containers_.down(task->id);
    }
}

void Swarm::stopped(const TaskPtr& task) {
    end(task, TaskState::Shutdown, {}, 0);
}

void Swarm::end(const TaskPtr& task, TaskState state, std::string error, int code) {
    ++task->epoch;
    task->error = std::move(error);
    task->exit_code = code;
    take_down(task);
    const auto message = state == TaskState::Complete   ? "finished"
                         : state == TaskState::Shutdown ? "shutdown"
                                                        : task->message;
    move(task, state, message);
    std::erase(leaving_, task);
    const auto service = task->service.lock();
    if (service && !service->removed) {
        if (task->desired == DesiredState::Remove) {
            std::erase(service->tasks, task);
        } else if (task->desired == DesiredState::Running) {
            died(service, task);
        }
        start_waiting(*service, task->slot);
        forget_history(*service, task->slot);
        step(service);
    }
    place_pending();
}

void Swarm::died(const ServicePtr& service, const TaskPtr& task) {
    const bool back = failed_in_update(service, task);
    // The replacement is made of the spec as it is now: the old one, if the update rolled back.
    restart(service, task);
    if (back) {
        begin_rollback(service);
    }
}

void Swarm::restart(const ServicePtr& service, const TaskPtr& task) {
    const auto condition = text_at(*task->spec, {"RestartPolicy", "Condition"});
    const bool failed = task->state == TaskState::Failed || task->state == TaskState::Rejected;
    task->desired = DesiredState::Shutdown;
    task->text.clear();
    if (condition == "none" || (condition == "on-failure" && !failed)) {
        return;
    }
    const auto next = new_task(service, task->slot, DesiredState::Ready);
    // Counts even if the replacement has been rejected meanwhile: that is noticed then.
    const auto delay = nanos_at(*task->spec, "RestartPolicy", "Delay", Duration(5000));
    timers_.after(delay, [this, next] { restart_now(next); });
}

void Swarm::restart_now(const TaskPtr& task) {
    if (task->desired == DesiredState::Ready && !task->after_others) {
        want(task, DesiredState::Running);
    }
}

void Swarm::start_waiting(ServiceRecord& service, std::uint64_t slot) {
    const auto others_ended = [&](const TaskPtr& waiting) {
        return std::all_of(service.tasks.begin(), service.tasks.end(), [&](const TaskPtr& other) {
            return other->slot != slot || other == waiting || other->ended();
        });
    };
    const auto tasks = service.tasks;
    for (const auto& task : tasks) {
        if (task->slot == slot && task->after_others && task->desired == DesiredState::Ready &&
            others_ended(task)) {
            task->after_others = false;
            want(task, DesiredState::Running);
        }
    }
}

void Swarm::forget_history(ServiceRecord& service, std::uint64_t slot) {
    std::size_t kept = 0;
    for (auto at = service.tasks.end(); at != service.tasks.begin();) {
        --at;
        const bool counts =
            (*at)->slot == slot && (*at)->ended() && (*at)->desired > DesiredState::Running;
        if (counts && ++kept > kHistory) {
            at = service.tasks.erase(at);
        }
    }
}

}  // namespace wavegate::sandbox
