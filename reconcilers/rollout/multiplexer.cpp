#include "reconcilers/rollout/multiplexer.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/admission.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace wavegate::rollout {
namespace {

constexpr std::size_t kRestartsAnHour = 3;

std::vector<std::string> list_fact(const Evidence& evidence, std::string_view name) {
    std::vector<std::string> items;
    for (const auto& [key, value] : evidence.facts) {
        if (key != name) {
            continue;
        }
        std::istringstream in(value);
        for (std::string item; std::getline(in, item, ',');) {
            items.push_back(item);
        }
    }
    return items;
}

/// For a message: a few of them, and how many there are.
std::string first_of(std::vector<std::string> items) {
    constexpr std::size_t most = 10;
    const auto count = items.size();
    items.resize(std::min(count, most));
    const std::string rest = count > most ? fmt::format(" and {} more", count - most) : "";
    return fmt::format("{}{}", fmt::join(items, ", "), rest);
}

bool before_direct(const Member& member) {
    const bool asked = member.asking != CheckKind::Through;
    const bool early = member.phase == Phase::Flipping || member.phase == Phase::Converging ||
                       (member.phase == Phase::Probing && asked);
    return (early && !member.adopted) || (member.phase == Phase::RollingBack && asked);
}

class MultiplexerRun {
  public:
    explicit MultiplexerRun(Plan& plan)
        : plan_(plan),
          spec_(plan.desired.fleet.multiplexer),
          record_(plan.record().multiplexer),
          running_(plan.observed.running(spec_.stack, spec_.service)) {}

    void advance() {
        if (running_ == nullptr) {
            explain("it is not deployed, or not to be seen");
            return;
        }
        switch (record_.stage) {
            case MultiplexerStage::Unknown:
                wire();
                break;
            case MultiplexerStage::Wired:
                if (wanted() && !is_wired(plan_.desired, plan_.observed)) {
                    const bool known = !outbound_env(plan_.desired, plan_.observed).empty();
                    move(
                        MultiplexerStage::Unknown,
                        known ? "its outbound env differs" : why_no_secret());
                }
                break;
            case MultiplexerStage::Wiring:
            case MultiplexerStage::Unwiring:
                follow_write();
                break;
            case MultiplexerStage::Restarting:
                restart();
                break;
            case MultiplexerStage::Failed:
                explain(record_.message);
                break;
        }
    }

  private:
    [[nodiscard]] bool wanted() const {
        const auto& members = plan_.step.next.members;
        return std::any_of(members.begin(), members.end(), [](const Member& member) {
            return member.to == AuthMode::Jwt;
        });
    }

    void move(MultiplexerStage stage, std::string message) {
        record_.stage = stage;
        record_.since = plan_.now;
        record_.message = message;
        record_.intent.clear();
        record_.tasks.clear();
        const bool bad = stage == MultiplexerStage::Failed || stage == MultiplexerStage::Unwiring;
        plan_.event(
            bad ? "Warning" : "Normal",
            "Multiplexer/" + spec_.stack,
            std::string(to_string(stage)),
            std::move(message));
        plan_.look(Duration(0));
    }

    void explain(std::string message) {
        record_.message = message;
        Wait wait;
        wait.object = "Multiplexer/" + spec_.stack;
        wait.reason = Reason::WaitingForMultiplexer;
        wait.message = std::move(message);
        wait.since = record_.since;
        wait.verb = record_.stage == MultiplexerStage::Failed ? "retry" : "";
        plan_.wait(std::move(wait));
    }

    /// Identity first, then policies and gate 2, then the multiplexer's children, then its env.
    void wire() {
        if (is_wired(plan_.desired, plan_.observed)) {
            move(MultiplexerStage::Wired, "it runs with the outbound env");
            return;
        }
        if (!wanted() || !identity_stands()) {
            return;
        }
        if (!policies_verified(plan_)) {
            explain("gate 2 must hold before it is wired");
            return;
        }
        const auto* children = baseline();
        if (children == nullptr) {
            return;
        }
        const auto* edit = plan_.edit_for(spec_.stack, StackPurpose::Wiring);
        if (edit == nullptr) {
            const auto* obstacle = plan_.obstacle_for(spec_.stack);
            explain(obstacle == nullptr ? "no edit would wire it" : obstacle->message);
            return;
        }
        // Enforcing services can't be called without it: that is mended, pause or not.
        if (plan_.record().paused && !any_enforcing(plan_.desired, plan_.observed)) {
            explain("the rollout is paused: its wiring waits for resume");
            return;
        }
        if (plan_.barred(*edit) || (fleet_in_motion() && !cuts_off_others())) {
            explain("its wiring restarts it: waiting for services in motion");
            return;
        }
        // Who gets the bearer is asked last: a stranger may have come while other things were
        // waited for.
        if (plan_.now.mono - children->taken.mono > kGateFreshness) {
            plan_.ask(CheckKind::Children, spec_.stack);
            explain("its children are being asked for again");
            return;
        }
        record_.tools = list_fact(*children, "up");
        move(MultiplexerStage::Wiring, "its outbound env is being written");
        record_.intent = plan_.release(*edit);
    }

    bool identity_stands() {
        for (const auto& edit : plan_.diff.edits) {
            if (edit.target.starts_with("client/") || edit.target.starts_with("secret/")) {
                explain("its client and secret entry come first");
                return false;
            }
        }
        if (outbound_env(plan_.desired, plan_.observed).empty()) {
            explain(why_no_secret());
            return false;
        }
        return true;
    }

    [[nodiscard]] std::string why_no_secret() const {
        const auto& obstacles = plan_.diff.obstacles;
        const auto foreign =
            std::find_if(obstacles.begin(), obstacles.end(), [&](const Obstacle& obstacle) {
                return obstacle.reason == kForeign &&
                       obstacle.object == "OidcClient/" + spec_.client;
            });
        return foreign == obstacles.end() ? "its client's secret was not observed"
                                          : foreign->message;
    }

    /// What it shows before we touch it; null while asked, or while foreign children hold it.
    const Evidence* baseline() {
        const auto* evidence = plan_.ledger.latest(CheckKind::Children, spec_.stack);
        const bool ours = evidence != nullptr && evidence->rollout == plan_.record().id;
        if (!ours || evidence->verdict != Verdict::Pass) {
            if (!ours || plan_.now.mono - evidence->taken.mono >= kSharedAgain) {
                plan_.ask(CheckKind::Children, spec_.stack);
            }
            plan_.look(kSharedAgain);
            explain(
                ours ? "it does not show its children: " + explained(*evidence)
                     : "its children are being asked for");
            return nullptr;
        }
        const auto foreign = list_fact(*evidence, "foreign");
        if (!foreign.empty() && spec_.foreign_children == ForeignChildren::Hold) {
            if (plan_.now.mono - evidence->taken.mono >= kResync) {
                plan_.ask(CheckKind::Children, spec_.stack);
            }
            plan_.look(kResync);
            explain(fmt::format(
                "children that are no service of this fleet would get its bearer: {}",
                first_of(foreign)));
            return nullptr;
        }
        return evidence;
    }

    [[nodiscard]] bool fleet_in_motion() const {
        const auto& members = plan_.step.next.members;
        return std::any_of(members.begin(), members.end(), before_direct);
    }

    /// Is there an enforcing service that nobody moves just now? It can't be called until the
    /// multiplexer is wired, which waits for nothing then.
    [[nodiscard]] bool cuts_off_others() const {
        const auto& services = plan_.desired.services;
        return std::any_of(services.begin(), services.end(), [&](const ServiceSpec& service) {
            const auto* block = live_block(service, plan_.observed);
            const auto* member = plan_.step.next.member(service.name);
            return block != nullptr && effective_mode(*block) == AuthMode::Jwt &&
                   (member == nullptr || !before_direct(*member));
        });
    }

    void follow_write() {
        const bool wiring = record_.stage == MultiplexerStage::Wiring;
        if (record_.intent.empty()) {
            release_unwiring();
            return;
        }
        switch (outcome()) {
            case Outcome::Unknown:
                plan_.look(kAskAgain);
                return;
            case Outcome::NotWritten:
                not_written(wiring);
                return;
            case Outcome::Failed:
                write_failed(wiring);
                return;
            case Outcome::Written:
                break;
        }
        if (shows_children()) {
            move(
                wiring ? MultiplexerStage::Wired : MultiplexerStage::Failed,
                wiring ? "it runs with the outbound env and shows its children again"
                       : "its env went back: wiring it broke it");
            return;
        }
        if (plan_.now.mono - record_.since.mono > kMultiplexerDeadline) {
            move(
                wiring ? MultiplexerStage::Unwiring : MultiplexerStage::Failed,
                "it did not show its children again in time");
        }
    }

    /// Tried again as soon as it may be; a refusal is told while it lasts.
    void not_written(bool wiring) {
        if (wiring) {
            move(MultiplexerStage::Unknown, "not written");
        } else {
            const auto* intent = plan_.ledger.intent(record_.intent);
            explain(
                "its env can't go back: " +
                (intent == nullptr ? std::string("not written") : intent->note));
            record_.intent.clear();
        }
        plan_.look(kAskAgain);
    }

    /// Going back would leave enforcing services without a caller: then it is tried again.
    void write_failed(bool wiring) {
        if (wiring && any_enforcing(plan_.desired, plan_.observed)) {
            move(MultiplexerStage::Unknown, "the write failed, and services need it: once more");
            plan_.look(kAskAgain);
            return;
        }
        move(wiring ? MultiplexerStage::Unwiring : MultiplexerStage::Failed, "write failed");
    }

    void release_unwiring() {
        const auto* edit = plan_.edit_for(spec_.stack, StackPurpose::Unwiring);
        const auto* obstacle = plan_.obstacle_for(spec_.stack);
        if (edit == nullptr && obstacle != nullptr && obstacle->reason == "SecretReplaced") {
            move(MultiplexerStage::Failed, record_.message + "; " + obstacle->message);
            return;
        }
        if (edit == nullptr || plan_.barred(*edit)) {
            explain(record_.message);
            plan_.look(kAskAgain);
            return;
        }
        record_.intent = plan_.release(*edit);
    }

    [[nodiscard]] Outcome outcome() const {
        const auto* intent = plan_.ledger.intent(record_.intent);
        if (intent == nullptr || intent->state == IntentState::Refused) {
            return Outcome::NotWritten;
        }
        if (intent->state == IntentState::Written || intent->state == IntentState::Adopted) {
            return Outcome::Written;
        }
        if (intent->state == IntentState::Failed) {
            return Outcome::Failed;
        }
        const bool seen = plan_.observed.swarm.at().mono > intent->at.mono;
        const bool late = !plan_.ledger.under_way.contains(intent->id) &&
                          plan_.now.mono - intent->at.mono > kLateLanding;
        if (seen && is_in_force()) {
            return Outcome::Written;
        }
        return seen && late ? Outcome::NotWritten : Outcome::Unknown;
    }

    /// Does what was to be written stand there, whatever became of the answer?
    [[nodiscard]] bool is_in_force() const {
        if (record_.stage == MultiplexerStage::Wiring) {
            return is_wired(plan_.desired, plan_.observed);
        }
        return plan_.edit_for(spec_.stack, StackPurpose::Unwiring) == nullptr &&
               plan_.obstacle_for(spec_.stack) == nullptr;
    }

    /// Converged, and every child that it showed before (and that should be there) is up again.
    bool shows_children() {
        const auto view = converge(*plan_.observed.swarm, *running_, false);
        if (plan_.observed.swarm.at().mono <= record_.since.mono ||
            !stable(plan_, *running_, view, record_.tasks, record_.tasks_since)) {
            plan_.look(std::chrono::seconds(1));
            return false;
        }
        const auto* evidence = plan_.since(CheckKind::Children, spec_.stack, record_.tasks_since);
        if (evidence == nullptr || (evidence->verdict != Verdict::Pass &&
                                    plan_.now.mono - evidence->taken.mono >= kAskAgain)) {
            plan_.ask(CheckKind::Children, spec_.stack);
            return false;
        }
        plan_.look(kAskAgain);
        if (evidence->verdict != Verdict::Pass) {
            return false;
        }
        const auto up = list_fact(*evidence, "up");
        const bool all =
            std::all_of(record_.tools.begin(), record_.tools.end(), [&](const auto& child) {
                return std::find(up.begin(), up.end(), child) != up.end() || is_excused(child);
            });
        if (!all && plan_.now.mono - evidence->taken.mono >= kAskAgain) {
            plan_.ask(CheckKind::Children, spec_.stack);
        }
        return all;
    }

    /// A child that is down or in motion by itself is not the multiplexer's to show.
    [[nodiscard]] bool is_excused(const std::string& child) const {
        for (const auto& service : plan_.desired.services) {
            const auto* member =
                service.child == child ? plan_.step.next.member(service.name) : nullptr;
            if (member != nullptr) {
                return !(
                    member->phase == Phase::Ready || member->phase == Phase::Probed ||
                    member->phase == Phase::Pending ||
                    (member->phase == Phase::Probing && !before_direct(*member)));
            }
        }
        return true;
    }

    void restart() {
        std::erase_if(record_.restarts, [&](const Time& at) {
            return plan_.now.mono - at.mono > std::chrono::hours(1);
        });
        if (!record_.intent.empty()) {
            follow_restart();
            return;
        }
        if (record_.restarts.size() >= kRestartsAnHour) {
            move(MultiplexerStage::Failed, "MultiplexerLosesChildren: three restarts in an hour");
            return;
        }
        const auto pause = std::chrono::minutes(1) * static_cast<int>(record_.restarts.size());
        const bool early =
            !record_.restarts.empty() && plan_.now.mono - record_.restarts.back().mono < pause;
        if (fleet_in_motion() || early) {
            explain("a restart of it waits for services in motion");
            plan_.look(kAskAgain);
            return;
        }
        Edit edit;
        edit.target = "service/" + running_->name;
        edit.why = "it lost a child that answers directly";
        edit.id = short_hash(fmt::format("{}\n{}", edit.target, running_->force_update), 16);
        RestartEdit body;
        body.service = spec_.stack;
        body.swarm_service = running_->name;
        body.reason = edit.why;
        edit.body = std::move(body);
        if (plan_.barred(edit)) {
            plan_.look(kAskAgain);
            return;
        }
        record_.since = plan_.now;
        record_.tasks.clear();
        record_.restarts.push_back(plan_.now);
        record_.intent = plan_.release(edit);
    }

    void follow_restart() {
        const auto* intent = plan_.ledger.intent(record_.intent);
        const bool not_sent = intent == nullptr || intent->state == IntentState::Refused ||
                              intent->state == IntentState::Failed;
        if (not_sent) {
            record_.intent.clear();
            if (!record_.restarts.empty()) {
                record_.restarts.pop_back();
            }
            plan_.look(kAskAgain);
            return;
        }
        // A lost answer is harmless here: another restart would only repeat what this one does.
        if (shows_children()) {
            move(MultiplexerStage::Wired, "it was restarted and shows its children again");
            return;
        }
        if (plan_.now.mono - record_.since.mono > kMultiplexerDeadline) {
            record_.intent.clear();
        }
    }

    static constexpr Duration kSharedAgain = std::chrono::seconds(10);

    Plan& plan_;
    const MultiplexerSpec& spec_;
    MultiplexerRecord& record_;
    const SwarmService* running_;
};

}  // namespace

void advance_multiplexer(Plan& plan) {
    MultiplexerRun(plan).advance();
}

}  // namespace wavegate::rollout
