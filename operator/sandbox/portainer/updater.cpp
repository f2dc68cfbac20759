#include "operator/sandbox/portainer/swarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

std::vector<TaskPtr> live_in(const ServiceRecord& service, std::uint64_t slot) {
    std::vector<TaskPtr> found;
    std::copy_if(
        service.tasks.begin(),
        service.tasks.end(),
        std::back_inserter(found),
        [&](const TaskPtr& task) { return task->slot == slot && task->live(); });
    return found;
}

bool runs_spec(const ServiceRecord& service, const TaskRecord& task) {
    return task.spec == service.task_spec || *task.spec == *service.task_spec;
}

}  // namespace

void Swarm::scale(const ServicePtr& service) {
    const auto wanted = replicas_of(service->spec, nodes_.size());
    std::set<std::uint64_t> slots;
    const auto tasks = service->tasks;
    for (const auto& task : tasks) {
        slots.insert(task->slot);
        if (task->slot > wanted && task->desired != DesiredState::Remove) {
            if (task->ended()) {
                std::erase(service->tasks, task);
            } else {
                want(task, DesiredState::Remove);
            }
        }
    }
    for (std::uint64_t slot = 1; slot <= wanted; ++slot) {
        if (!slots.contains(slot)) {
            new_task(service, slot, DesiredState::Running);
        }
    }
}

/// Of a slot's live tasks one that runs the spec stays, the others go. False: none does.
bool Swarm::keep_one(const ServicePtr& service, std::uint64_t slot) {
    const auto live = live_in(*service, slot);
    TaskPtr kept;
    for (const auto& task : live) {
        const bool better =
            !kept || (task->state == TaskState::Running && kept->state != TaskState::Running);
        if (runs_spec(*service, *task) && better) {
            kept = task;
        }
    }
    for (const auto& task : live) {
        if (kept && task != kept) {
            want(task, DesiredState::Shutdown);
        }
    }
    return kept != nullptr;
}

/// Fills `run` with the slots to replace; true when surplus tasks were told to go.
bool Swarm::plan_update(const ServicePtr& service, UpdateRun& run) {
    bool surplus = false;
    const auto wanted = replicas_of(service->spec, nodes_.size());
    for (std::uint64_t slot = 1; slot <= wanted; ++slot) {
        const auto live = live_in(*service, slot).size();
        if (keep_one(service, slot)) {
            surplus = surplus || live > 1;
            continue;
        }
        run.waiting.push_back(slot);
    }
    run.total = run.waiting.size();
    return surplus;
}

void Swarm::begin_update(const ServicePtr& service) {
    UpdateRun run;
    run.policy = policy_of(service->spec, false);
    const bool surplus = plan_update(service, run);
    if (run.waiting.empty() && !surplus) {
        return;  // nothing to replace: UpdateStatus stays absent
    }
    run.settled_at = timers_.now().mono + (surplus ? run.policy.monitor : Duration(0));
    service->run = std::move(run);
    set_status(service, "updating", "update in progress");
    step(service);
    step_later(service, service->run ? service->run->policy.monitor : Duration(0));
}

void Swarm::begin_rollback(const ServicePtr& service) {
    UpdateRun run;
    run.rollback = true;
    run.policy = policy_of(service->spec, true);
    const bool surplus = plan_update(service, run);
    run.settled_at = timers_.now().mono + (surplus ? run.policy.monitor : Duration(0));
    const auto wait = run.policy.monitor;
    service->run = std::move(run);
    step(service);
    step_later(service, wait);
}

void Swarm::step_later(const ServicePtr& service, Duration wait) {
    timers_.after(wait, [this, service] { step(service); });
}

void Swarm::open_slot(const ServicePtr& service, std::uint64_t slot) {
    const bool start_first = service->run->policy.start_first;
    const auto old = live_in(*service, slot);
    const auto fresh =
        new_task(service, slot, start_first ? DesiredState::Running : DesiredState::Ready);
    fresh->after_others = !start_first;
    UpdateRun::Slot opened;
    opened.slot = slot;
    opened.fresh = fresh;
    service->run->slots.push_back(std::move(opened));
    for (const auto& task : old) {
        if (!start_first || task->state != TaskState::Running) {
            want(task, DesiredState::Shutdown);
        }
    }
    start_waiting(*service, slot);
}

void Swarm::open_slots(const ServicePtr& service) {
    auto& run = *service->run;
    const auto busy = static_cast<std::uint64_t>(std::count_if(
        run.slots.begin(), run.slots.end(), [](const auto& slot) { return !slot.done; }));
    auto free = run.policy.parallelism == 0     ? run.waiting.size()
                : run.policy.parallelism > busy ? run.policy.parallelism - busy
                                                : 0;
    while (free > 0 && service->run && !service->run->waiting.empty()) {
        const auto slot = service->run->waiting.front();
        service->run->waiting.erase(service->run->waiting.begin());
        open_slot(service, slot);
        --free;
    }
}

void Swarm::look_at(const ServicePtr& service, UpdateRun::Slot& slot) {
    if (slot.done || slot.fresh->state != TaskState::Running) {
        return;
    }
    slot.done = true;
    slot.watched_until = timers_.now().mono + service->run->policy.monitor;
    step_later(service, service->run->policy.monitor);
    for (const auto& task : live_in(*service, slot.slot)) {
        if (task != slot.fresh) {
            want(task, DesiredState::Shutdown);
        }
    }
}

void Swarm::step(const ServicePtr& service) {
    if (!service->run || service->removed) {
        return;
    }
    for (auto& slot : service->run->slots) {
        look_at(service, slot);
    }
    open_slots(service);
    if (!service->run) {
        return;
    }
    const auto& run = *service->run;
    const auto now = timers_.now().mono;
    const bool settled = std::all_of(run.slots.begin(), run.slots.end(), [&](const auto& slot) {
        return slot.done && slot.watched_until <= now;
    });
    if (run.waiting.empty() && settled && run.settled_at <= now) {
        finish_update(service);
    }
}

/// True when the failure makes the service go back to its previous spec.
bool Swarm::failed_in_update(const ServicePtr& service, const TaskPtr& task) {
    if (!service->run) {
        return false;
    }
    auto& run = *service->run;
    const auto slot = std::find_if(
        run.slots.begin(), run.slots.end(), [&](const auto& entry) { return entry.fresh == task; });
    const auto now = timers_.now().mono;
    if (slot == run.slots.end() || (slot->done && slot->watched_until <= now)) {
        return false;
    }
    if (!slot->done) {
        slot->done = true;
        slot->watched_until = now + run.policy.monitor;
        step_later(service, run.policy.monitor);
    }
    ++run.failures;
    const bool bearable = static_cast<double>(run.failures) <=
                          run.policy.max_failure_ratio * static_cast<double>(run.total);
    return bearable || run.policy.failure_action == "continue" ? false
                                                               : act_on_failure(service, task);
}

bool Swarm::act_on_failure(const ServicePtr& service, const TaskPtr& task) {
    const bool in_rollback = service->run->rollback;
    const bool back = !in_rollback && service->run->policy.failure_action == "rollback" &&
                      service->previous.has_value();
    service->run.reset();
    const auto cause = fmt::format("due to failure or early termination of task {}", task->id);
    if (!back) {
        set_status(
            service,
            in_rollback ? "rollback_paused" : "paused",
            fmt::format("{} paused {}", in_rollback ? "rollback" : "update", cause));
        return false;
    }
    auto previous = std::move(*service->previous);
    service->previous.reset();
    replace_spec(service, std::move(previous));
    set_status(service, "rollback_started", "update rolled back " + cause);
    return true;
}

void Swarm::set_status(const ServicePtr& service, const char* state, std::string message) {
    touch(*service);
    if (!service->status) {
        service->status.emplace();
        service->status->started_at = service->updated_at;
    }
    service->status->state = state;
    service->status->message = std::move(message);
    tell(*service, "update");
}

void Swarm::finish_update(const ServicePtr& service) {
    const bool rollback = service->run->rollback;
    service->run.reset();
    set_status(
        service,
        rollback ? "rollback_completed" : "completed",
        rollback ? "rollback completed" : "update completed");
    service->status->completed_at = service->updated_at;
}

}  // namespace wavegate::sandbox
