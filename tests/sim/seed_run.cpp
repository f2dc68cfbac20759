#include "tests/sim/seed_run.hpp"

#include "operator/base/digest.hpp"
#include "tests/sim/rig.hpp"
#include "tests/support/seeded_random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

class SeedRun {
  public:
    explicit SeedRun(std::uint64_t seed)
        : random_(seed * 7919 + 1), world_(make_world()), desired_(make_desired()) {}

    SeedOutcome run() {
        Rig rig(world_, desired_);
        rig_ = &rig;
        const int faults = 2 + pick(6);
        for (int fault = 0; fault < faults; ++fault) {
            rig.pass_time(std::chrono::seconds(pick(600)));
            begin_fault();
        }
        rig.pass_time(std::chrono::seconds(pick(300)));
        make_peace();
        return rest();
    }

  private:
    int pick(int below) { return static_cast<int>(random_.next() % static_cast<unsigned>(below)); }
    bool chance(int percent) { return pick(100) < percent; }

    template <class T>
    const T& one_of(const std::vector<T>& items) {
        return items[static_cast<std::size_t>(pick(static_cast<int>(items.size())))];
    }

    void note(std::string what) {
        const auto at = rig_ == nullptr ? Time() : rig_->sim.clock.now();
        story_ += fmt::format("  {} {}\n", to_rfc3339(at.wall), what);
    }

    sandbox::WorldPlan make_world() {
        sandbox::WorldPlan plan;
        plan.dynamic_multiplexer = chance(30);
        plan.principal = chance(30) ? PrincipalSource::Jwt : PrincipalSource::Header;
        const int count = 3 + pick(7);
        for (int i = 0; i < count; ++i) {
            sandbox::ServicePlan service;
            service.name = fmt::format("{}-mcp", std::string(1, static_cast<char>('a' + i)));
            service.git = chance(30);
            service.block = !service.git && chance(40) ? sandbox::BlockForm::Literal
                                                       : sandbox::BlockForm::PassThrough;
            service.jwt = chance(15);
            service.env.emplace_back(
                "UPSTREAM_KEY", fmt::format("upstream-{:016x}", random_.next()));
            plan.services.push_back(std::move(service));
        }
        if (chance(30)) {
            plan.services.back().name = "portainer-mcp";
        }
        return plan;
    }

    sandbox::DesiredPlan make_desired() {
        sandbox::DesiredPlan plan;
        plan.grafana = chance(50);
        plan.principal_from = world_.principal == PrincipalSource::Jwt ? "jwt" : "header";
        const int waves = 1 + pick(3);
        for (int i = 0; i < waves; ++i) {
            sandbox::WavePlan wave;
            wave.name = fmt::format("wave-{}", i);
            wave.max_in_flight = 1 + pick(3);
            plan.waves.push_back(std::move(wave));
        }
        for (const auto& service : world_.services) {
            sandbox::Wish wish;
            wish.auth = chance(80) ? "jwt" : "none";
            const bool last = service.name == "portainer-mcp";
            wish.wave = last ? plan.waves.back().name : one_of(plan.waves).name;
            plan.services[service.name] = std::move(wish);
        }
        return plan;
    }

    const std::string& some_service() { return one_of(world_.services).name; }

    void begin_fault() {
        switch (pick(12)) {
            case 0:
            case 1:
                take_down();
                break;
            case 2:
                slow_down();
                break;
            case 3:
                lose_replies();
                break;
            case 4:
                break_service();
                break;
            case 5:
                edit_by_hand();
                break;
            case 6:
                restart_multiplexer();
                break;
            case 7:
            case 8:
                commit();
                break;
            case 9:
                kill();
                break;
            case 10:
                lose_store();
                break;
            default:
                crash_service();
                break;
        }
    }

    void take_down() {
        static const std::vector<std::string> systems{
            "portainer", "keycloak", "openbao", "eunomia", "mcp-multiplexer"};
        const auto authority = one_of(systems) + ".arpa";
        const auto length = std::chrono::seconds(5 + pick(600));
        note(fmt::format("{} is down for {}", authority, to_text(length)));
        rig_->world.network.set_down(authority, true);
        rig_->pass_time(length);
        rig_->world.network.set_down(authority, false);
    }

    void slow_down() {
        static const std::vector<std::string> systems{
            "portainer", "keycloak", "openbao", "eunomia", ""};
        sandbox::FaultRule rule;
        const auto& system = one_of(systems);
        rule.authority = system.empty() ? system : system + ".arpa";
        rule.before = std::chrono::milliseconds(pick(4000));
        rule.after = std::chrono::milliseconds(pick(4000));
        rule.times = 1 + pick(60);
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
        rule.fault = one_of(faults);
        rule.authority = one_of(systems) + ".arpa";
        rule.method = chance(60) ? (rule.authority == "portainer.arpa" ? "PUT" : "POST") : "";
        rule.times = 1 + pick(4);
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
        const auto length = std::chrono::seconds(5 + pick(200));
        note(fmt::format("{} is away for {}", service, to_text(length)));
        rig_->world.network.set_down(service + ".arpa", true);
        rig_->pass_time(length);
        rig_->world.network.set_down(service + ".arpa", false);
    }

    void edit_by_hand() {
        wait_for_quiet_wire();
        const auto service = some_service();
        const int what = pick(4);
        note(fmt::format("another hand: {} {}", what, service));
        rig_->by_hand([&](sandbox::World& world) {
            if (what == 0) {
                world.eunomia.wipe();
            } else if (what == 1 && world.keycloak.client("mcp-multiplexer") != nullptr) {
                world.keycloak.remove_mapper("mcp-multiplexer", "wavegate-aud-agent-services");
            } else {
                auto env = world.portainer.stack(service)->env.value_or(sandbox::EnvList());
                env.emplace_back(fmt::format("FOREIGN_{}", pick(1000)), "another-hand-was-here");
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
            env.emplace_back(fmt::format("FOREIGN_{}", pick(1000)), "another-hand-was-here");
            static_cast<void>(world.portainer.edit_by_hand("mcp-multiplexer", std::nullopt, env));
        });
    }

    void commit() {
        auto& wish = desired_.services.at(some_service());
        wish.auth = wish.auth == "jwt" ? "none" : "jwt";
        note("commit: one service is to be " + wish.auth);
        rig_->commit(desired_);
        rig_->running().controller().look_now();
    }

    void kill() {
        const auto away = std::chrono::seconds(pick(60));
        note("the operator is killed, and back after " + to_text(away));
        rig_->kill();
        rig_->pass_time(away);
        rig_->start();
    }

    void lose_store() {
        if (chance(50)) {
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
    }

    SeedOutcome rest() {
        SeedOutcome outcome;
        const auto quiet = [&] {
            const auto& standing = rig_->view()->standing;
            return standing == "Converged" || standing == "Halted" || standing == "Awaited";
        };
        outcome.rested = rig_->until(quiet, 12h);
        // At rest it stays at rest.
        rig_->pass_time(5min);
        outcome.rested = outcome.rested && (quiet() || rig_->until(quiet, 12h));
        outcome.standing = rig_->view()->standing;
        if (outcome.rested && outcome.standing != "Converged") {
            outcome.rested = states_a_reason();
        }
        rig_->judge_end();
        outcome.violations = rig_->oracle.violations();
        outcome.trace = trace();
        outcome.story = story_ + rig_->story();
        return outcome;
    }

    [[nodiscard]] bool states_a_reason() const {
        const auto view = rig_->view();
        const auto& members = view->record.members;
        return view->record.multiplexer.stage == MultiplexerStage::Failed ||
               std::any_of(members.begin(), members.end(), [](const Member& member) {
                   return member.phase != Phase::Ready && member.reason != Reason::None &&
                          !member.message.empty();
               });
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

    SeededRandom random_;
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
