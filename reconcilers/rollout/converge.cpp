#include "reconcilers/rollout/converge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace wavegate::rollout {
namespace {

/// How often Swarm is looked at for what it tells nobody.
constexpr Duration kLookAtTasks = std::chrono::seconds(1);
/// The same where its events are followed. The end of an update is told then: one that is told to
/// nobody is seen all the same.
constexpr Duration kLookWhereTold = std::chrono::seconds(5);

ConvergenceView failed(ProbeClass seen, std::string message) {
    return {Convergence::Failed, seen, std::move(message), {}};
}

/// The newest error among tasks that should run: what people want to read first.
std::string newest_error(const std::vector<const SwarmTask*>& tasks) {
    const SwarmTask* newest = nullptr;
    for (const auto* task : tasks) {
        if (!task->error.empty() && (newest == nullptr || task->created_at > newest->created_at)) {
            newest = task;
        }
    }
    return newest == nullptr ? std::string() : newest->error;
}

}  // namespace

ConvergenceView converge(const SwarmView& swarm, const SwarmService& service, bool after_write) {
    const auto tasks = swarm.tasks_of(service.id);
    switch (service.update) {
        case UpdateState::RollbackStarted:
        case UpdateState::RollbackCompleted:
        case UpdateState::RollbackPaused:
            if (after_write) {
                return failed(ProbeClass::RolledBackBySwarm, "Swarm rolled the update back itself");
            }
            break;
        case UpdateState::Paused:
            if (after_write) {
                return failed(
                    ProbeClass::Down,
                    fmt::format("Swarm paused the update: {}", newest_error(tasks)));
            }
            break;
        case UpdateState::Updating:
            return {Convergence::Pending, ProbeClass::Converging, "Swarm is updating it", {}};
        default:
            break;
    }
    std::vector<std::string> running;
    bool others = false;
    for (const auto* task : tasks) {
        if (task->state != "running") {
            continue;
        }
        const bool current =
            task->desired_state == "running" && task->template_digest == service.template_digest;
        if (current) {
            running.push_back(task->id);
        }
        others = others || !current;
    }
    std::sort(running.begin(), running.end());
    if (others || running.size() != service.replicas) {
        auto error = newest_error(tasks);
        auto message = fmt::format("{} of {} tasks run", running.size(), service.replicas);
        if (!error.empty()) {
            message += ": " + error;
        }
        return {Convergence::Pending, ProbeClass::Down, std::move(message), {}};
    }
    return {
        Convergence::Running,
        ProbeClass::None,
        "all tasks run",
        fmt::format("{}", fmt::join(running, ","))};
}

Duration left_to_watch(
    const Scene& scene,
    const SwarmService& service,
    const ConvergenceView& view,
    Tasks& tasks) {
    const auto look_again = kLookAtTasks;
    if (view.state != Convergence::Running) {
        tasks = Tasks();
        const bool told = scene.observed.told && view.seen == ProbeClass::Converging;
        return told ? kLookAtUpdates : look_again;
    }
    const auto seen = scene.observed.swarm.at();
    if (tasks.ids != view.tasks) {
        tasks = {view.tasks, seen};
    }
    const auto watched = seen.mono - tasks.since.mono;
    // Whoever is another by the end was not watched for long enough, whenever that is seen.
    const auto most = scene.observed.told ? kLookWhereTold : look_again;
    return watched >= service.monitor ? Duration(0)
                                      : std::min<Duration>(service.monitor - watched, most);
}

namespace {

bool was_taken(const Ledger& ledger, const std::string& id) {
    const auto* intent = ledger.intent(id);
    return intent != nullptr &&
           (intent->state == IntentState::Written || ledger.under_way.contains(id));
}

}  // namespace

bool is_landing(
    const Observed& observed,
    const Ledger& ledger,
    const MultiplexerRecord& multiplexer) {
    const auto* wiring = std::get_if<stage::Wiring>(&multiplexer.state);
    return wiring != nullptr && observed.swarm.at().mono <= multiplexer.since.mono &&
           was_taken(ledger, wiring->intent);
}

bool is_landing(const Observed& observed, const Ledger& ledger, const Member& member) {
    const auto* converging = member.as<state::Converging>();
    const auto* flipping = member.as<state::Flipping>();
    const auto* flight = member.flight();
    const bool unseen = flipping != nullptr ||
                        (converging != nullptr && observed.swarm.at().mono < member.since.mono);
    return unseen && !flight->adopted && was_taken(ledger, flight->intent);
}

}  // namespace wavegate::rollout
