#include "tests/sim/seed_run.hpp"

#include "operator/base/digest.hpp"
#include "operator/status/words.hpp"
#include "tests/sim/rig.hpp"
#include "tests/sim/seed_fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

class SeedRun {
  public:
    explicit SeedRun(std::uint64_t seed)
        : dice_(seed * 7919 + 1),
          world_(random_world(dice_)),
          desired_(random_desired(dice_, world_)) {}

    SeedOutcome run() {
        Rig rig(world_, desired_);
        rig_ = &rig;
        const int faults = 2 + dice_.pick(6);
        for (int fault = 0; fault < faults; ++fault) {
            rig.pass_time(std::chrono::seconds(dice_.pick(600)));
            begin_fault();
        }
        rig.pass_time(std::chrono::seconds(dice_.pick(300)));
        make_peace();
        return rest();
    }

  private:
    void note(std::string what) {
        const auto at = rig_ == nullptr ? Time() : rig_->sim.clock.now();
        story_ += fmt::format("  {} {}\n", to_rfc3339(at.wall), what);
    }

    const std::string& some_service() { return dice_.one_of(world_.services).name; }

    [[nodiscard]] const sandbox::ServicePlan& plan_of(const std::string& name) const {
        return *std::find_if(
            world_.services.begin(), world_.services.end(), [&](const auto& service) {
                return service.name == name;
            });
    }

    /// What can't be open is never wanted so: that would be no revision.
    void turn(const std::string& name) {
        auto& wish = desired_.services.at(name);
        wish.auth = wish.auth == "jwt" && !is_closed(plan_of(name)) ? "none" : "jwt";
    }

    void begin_fault() {
        using Fault = void (SeedRun::*)();
        static constexpr std::array<Fault, 20> faults{
            &SeedRun::take_down,
            &SeedRun::take_down,
            &SeedRun::slow_down,
            &SeedRun::lose_replies,
            &SeedRun::break_service,
            &SeedRun::edit_by_hand,
            &SeedRun::restart_multiplexer,
            &SeedRun::commit,
            &SeedRun::commit,
            &SeedRun::commit_much,
            &SeedRun::commit_much,
            &SeedRun::kill,
            &SeedRun::kill,
            &SeedRun::lose_store,
            &SeedRun::crash_service,
            &SeedRun::set_clock,
            &SeedRun::command,
            &SeedRun::command,
            &SeedRun::lose_entry,
            &SeedRun::answer_emptily};
        (this->*faults.at(static_cast<std::size_t>(dice_.pick(static_cast<int>(faults.size())))))();
    }

    void take_down() {
        static const std::vector<std::string> systems{
            "portainer", "keycloak", "openbao", "eunomia", "mcp-multiplexer"};
        const auto authority = dice_.one_of(systems) + ".arpa";
        const auto length = std::chrono::seconds(5 + dice_.pick(600));
        note(fmt::format("{} is down for {}", authority, to_text(length)));
        rig_->world.network.set_down(authority, true);
        rig_->pass_time(length);
        rig_->world.network.set_down(authority, false);
    }

    void slow_down() {
        static const std::vector<std::string> systems{
            "portainer", "keycloak", "openbao", "eunomia", ""};
        sandbox::FaultRule rule;
        const auto& system = dice_.one_of(systems);
        rule.authority = system.empty() ? system : system + ".arpa";
        rule.before = std::chrono::milliseconds(dice_.pick(4000));
        rule.after = std::chrono::milliseconds(dice_.pick(4000));
        rule.times = 1 + dice_.pick(60);
        note(fmt::format(
            "{} is slow: {} there, {} back",
            system.empty() ? "everything" : system,
            to_text(rule.before),
            to_text(rule.after)));
        rig_->world.network.inject(rule);
    }

    void lose_replies() {
        static const std::vector<std::string> systems{
            "portainer", "keycloak", "openbao", "eunomia", "grafana"};
        static const std::vector<sandbox::Fault> faults{
            sandbox::Fault::LoseReply, sandbox::Fault::LoseRequest, sandbox::Fault::Truncate};
        sandbox::FaultRule rule;
        rule.fault = dice_.one_of(faults);
        rule.authority = dice_.one_of(systems) + ".arpa";
        rule.method = dice_.chance(60) ? (rule.authority == "portainer.arpa" ? "PUT" : "POST") : "";
        rule.times = 1 + dice_.pick(4);
        note(fmt::format("{} answers of {} {} are lost", rule.times, rule.authority, rule.method));
        rig_->world.network.inject(rule);
    }

    /// It can't check tokens any more: a flip of it must go back.
    void break_service() {
        const auto& service = some_service();
        note(service + " can't reach the JWKS");
        rig_->world.behaviour(service).jwks_down = true;
    }

    void crash_service() {
        const auto& service = some_service();
        const auto length = std::chrono::seconds(5 + dice_.pick(200));
        note(fmt::format("{} is away for {}", service, to_text(length)));
        rig_->world.network.set_down(service + ".arpa", true);
        rig_->pass_time(length);
        rig_->world.network.set_down(service + ".arpa", false);
    }

    void edit_by_hand() {
        wait_for_quiet_wire();
        const auto service = some_service();
        const int what = dice_.pick(4);
        note(fmt::format("another hand: {} {}", what, service));
        rig_->by_hand([&](sandbox::World& world) {
            if (what == 0) {
                world.eunomia.wipe();
            } else if (what == 1 && world.keycloak.client("mcp-multiplexer") != nullptr) {
                world.keycloak.remove_mapper("mcp-multiplexer", "wavegate-aud-agent-services");
            } else {
                auto env = world.portainer.stack(service)->env.value_or(sandbox::EnvList());
                env.emplace_back(
                    fmt::format("FOREIGN_{}", dice_.pick(1000)), "another-hand-was-here");
                if (what == 3) {
                    for (auto& [name, value] : env) {
                        const bool type = name == "AUTH_TYPE" || name == "EUNOMIA_TYPE";
                        value = type ? "none" : value;
                    }
                }
                static_cast<void>(world.portainer.edit_by_hand(service, std::nullopt, env));
            }
        });
    }

    /// Portainer knows no compare-and-set: what lands within a write's flight is lost with any
    /// client. Another hand acts while nothing is on its way.
    void wait_for_quiet_wire() {
        rig_->until([&] { return rig_->oracle.wire_is_quiet(); }, 1min);
    }

    void restart_multiplexer() {
        note("the multiplexer is redeployed by another hand");
        rig_->by_hand([&](sandbox::World& world) {
            auto env = world.portainer.stack("mcp-multiplexer")->env.value_or(sandbox::EnvList());
            env.emplace_back(fmt::format("FOREIGN_{}", dice_.pick(1000)), "another-hand-was-here");
            static_cast<void>(world.portainer.edit_by_hand("mcp-multiplexer", std::nullopt, env));
        });
    }

    void commit() {
        const auto name = some_service();
        turn(name);
        note("commit: one service is to be " + desired_.services.at(name).auth);
        rig_->commit(desired_);
        rig_->running().controller().look_now();
    }

    /// Waves, modes, env and soaks of some services at once.
    void commit_much() {
        const int changes = 2 + dice_.pick(4);
        for (int i = 0; i < changes; ++i) {
            const auto name = some_service();
            auto& wish = desired_.services.at(name);
            switch (dice_.pick(4)) {
                case 0:
                    turn(name);
                    break;
                case 1:
                    wish.wave =
                        name == "portainer-mcp" ? wish.wave : dice_.one_of(desired_.waves).name;
                    break;
                case 2:
                    wish.extra = modes_of(plan_of(name)) +
                                 fmt::format("  env: {{ LOG_LEVEL: level-{} }}\n", dice_.pick(3));
                    break;
                default:
                    desired_.waves.front().max_in_flight = 1 + dice_.pick(3);
                    desired_.waves.back().soak = dice_.chance(50) ? "6m" : "9m";
                    break;
            }
        }
        note(fmt::format("commit: {} changes at once", changes));
        rig_->commit(desired_);
        rig_->running().controller().look_now();
    }

    void set_clock() {
        const auto by = std::chrono::minutes(dice_.pick(240) - 120);
        note("the wall clock is set by " + std::to_string(by.count()) + "m");
        rig_->sim.clock.set_wall_offset(by);
    }

    void command() {
        static const std::vector<Command::Verb> verbs{
            Command::Verb::Pause,
            Command::Verb::Resume,
            Command::Verb::Retry,
            Command::Verb::Abort,
            Command::Verb::Freeze,
            Command::Verb::Unfreeze};
        give(dice_.one_of(verbs));
    }

    void give(Command::Verb verb) {
        note(fmt::format("command {}", static_cast<int>(verb)));
        Command command;
        command.verb = verb;
        // One that means nothing now is answered so.
        const auto said = rig_->running().run(rig_->running().controller().command(command));
        if (said || verb != Command::Verb::Freeze) {
            rig_->oracle.told(verb, "");
        }
    }

    /// What was stored or loaded is gone from one of the servers.
    void lose_entry() {
        wait_for_quiet_wire();
        const int what = dice_.pick(3);
        note(fmt::format("another hand takes away: {}", what));
        rig_->by_hand([&](sandbox::World& world) {
            if (what == 0) {
                world.openbao.soft_delete("mcp-multiplexer/oidc");
            } else if (what == 1) {
                world.openbao.erase("mcp-multiplexer/oidc");
            } else if (!world.eunomia.policies().empty()) {
                world.eunomia.remove(world.eunomia.policies().front().name);
            }
        });
    }

    /// A list of Portainer's or Swarm's is empty for once, and looks as good as any.
    void answer_emptily() {
        sandbox::FaultRule rule;
        rule.fault = sandbox::Fault::Answer;
        rule.authority = "portainer.arpa";
        rule.method = "GET";
        rule.path_prefix = dice_.chance(50) ? "/api/stacks" : "/api/endpoints/1/docker/services";
        rule.answer.status = 200;
        rule.answer.body = "[]";
        rule.times = 1 + dice_.pick(2);
        note("an empty list from " + rule.path_prefix);
        rig_->world.network.inject(rule);
    }

    void kill() {
        const auto away = std::chrono::seconds(dice_.pick(dice_.chance(50) ? 60 : 3600));
        note("the operator is killed, and back after " + to_text(away));
        rig_->kill();
        rig_->pass_time(away);
        rig_->start();
    }

    void lose_store() {
        if (dice_.chance(50)) {
            note("the operator's disk is full for a minute");
            rig_->fill_disk(true);
            rig_->pass_time(1min);
            rig_->fill_disk(false);
            return;
        }
        note("the operator's disk is lost");
        rig_->lose_store();
    }

    void make_peace() {
        note("peace");
        rig_->world.network.lift_all();
        if (rig_->view()->ledger->paused()) {
            give(Command::Verb::Resume);
        }
        if (rig_->view()->ledger->freeze() != nullptr) {
            give(Command::Verb::Unfreeze);
        }
    }

    SeedOutcome rest() {
        SeedOutcome outcome;
        // A person may be awaited for one service while another has its verdict still to come.
        const auto quiet = [&] {
            const auto view = rig_->view();
            const auto& standing = view->standing;
            const auto& members = view->record.members();
            return (standing == "Converged" || standing == "Halted" || standing == "Awaited") &&
                   std::none_of(members.begin(), members.end(), [&](const Member& member) {
                       // One that soaks may do so for as long as its wave is halted.
                       return member.phase() != Phase::Probed && status::in_motion(member) &&
                              !status::needs_person(
                                  member, view->hold("Service/" + member.service), view->now);
                   });
        };
        outcome.rested = rig_->until(quiet, 4h);
        // At rest it stays at rest.
        rig_->pass_time(5min);
        outcome.rested = outcome.rested && (quiet() || rig_->until(quiet, 4h));
        outcome.standing = rig_->view()->standing;
        if (outcome.rested && outcome.standing != "Converged") {
            outcome.rested = states_a_reason();
        }
        rig_->oracle.judge_modes(outcome.standing == "Converged");
        rig_->judge_end();
        outcome.violations = rig_->oracle.violations();
        outcome.trace = trace();
        outcome.story = story_ + rig_->story();
        return outcome;
    }

    /// Services of which a reason is stated: one excuses one.
    [[nodiscard]] std::set<std::string> with_a_reason() const {
        const auto view = rig_->view();
        std::set<std::string> named;
        for (const auto& member : view->record.members()) {
            const auto held = view->hold("Service/" + member.service);
            // Of what is Degraded, the phase is the reason; who waits for others names none of
            // them.
            if (member.phase() == Phase::Degraded || held.reason != Reason::None) {
                named.insert(member.service);
            }
        }
        for (const auto& wait : view->waits) {
            if (!wait.message.empty() && wait.object.starts_with("Service/")) {
                named.insert(wait.object.substr(8));
            }
        }
        return named;
    }

    [[nodiscard]] bool states_a_reason() const {
        return rig_->view()->record.multiplexer().stage() == MultiplexerStage::Failed ||
               !with_a_reason().empty();
    }

    [[nodiscard]] std::string trace() const {
        std::string text;
        for (const auto& request : rig_->world.network.seen()) {
            text += fmt::format(
                "{} {} {}{}\n",
                request.at.time_since_epoch().count(),
                request.method,
                request.authority,
                request.path);
        }
        return short_hash(text, 32);
    }

    Dice dice_;
    std::string story_;
    Rig* rig_ = nullptr;
    sandbox::WorldPlan world_;
    sandbox::DesiredPlan desired_;
};

}  // namespace

SeedOutcome run_seed(std::uint64_t seed) {
    return SeedRun(seed).run();
}

}  // namespace wavegate::testing
