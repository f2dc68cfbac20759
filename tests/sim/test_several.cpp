// Three operators on one fleet, by seeds: killed, stopped, paused, cut off, their lock deleted by
// hand, the Swarm without a leader, clocks that run a tenth too slow and too fast. The World says
// who wrote when. WAVEGATE_SEVERAL: how many seeds.
#include "tests/sim/rig.hpp"
#include "tests/support/seeded_random.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

const std::vector<std::string> kServices{"a-mcp", "b-mcp", "c-mcp", "d-mcp"};
constexpr auto* kLock = "wavegate-sandbox-lock";
constexpr Duration kTrouble = 45min;

/// A machine with an operator of its own, its store, and what is wrong with it.
struct Machine {
    Disk disk;
    double speed = 1;
    std::unique_ptr<Operator> process;
    bool paused = false;
    bool stopped = false;
    Mono until{};  ///< then it is well again
};

class Several {
  public:
    explicit Several(std::uint64_t seed)
        : random_(seed), rig_(small_world(kServices), one_wave(kServices, "jwt")) {
        rig_.kill();
        constexpr std::array speeds{0.9, 1.0, 1.1};
        for (std::size_t i = 0; i < machines_.size(); ++i) {
            machines_.at(i).disk.identity = fmt::format("disk {}", i);
            machines_.at(i).speed = speeds.at(i);
            start(machines_.at(i));
        }
    }
    ~Several() {
        for (auto& machine : machines_) {
            machine.process.reset();
        }
    }
    Several(const Several&) = delete;
    Several& operator=(const Several&) = delete;

    void live_through_trouble() {
        const auto end = now() + kTrouble;
        while (now() < end) {
            rig_.pass_time(1s + Duration(random_.next() % 40'000));
            mend();
            something_happens();
        }
        heal();
    }
    bool converges() {
        return rig_.until(
            [&] {
                return std::any_of(machines_.begin(), machines_.end(), [](const Machine& each) {
                    const auto view = each.process->controller().view();
                    return view->acts && view->standing == "Converged";
                });
            },
            6h);
    }
    [[nodiscard]] std::vector<std::string> double_writes() const {
        std::vector<std::string> found;
        for (const auto& each : rig_.oracle.violations()) {
            if (each.starts_with("invariant 10:")) {
                found.push_back(each);
            }
        }
        return found;
    }
    [[nodiscard]] int happened() const { return happened_; }
    [[nodiscard]] std::string terms() {
        return rig_.world.portainer.swarm().configs().at(kLock).labels["term"];
    }
    [[nodiscard]] std::string story() const {
        std::string text;
        for (const auto& machine : machines_) {
            const auto view = machine.process->controller().view();
            text += fmt::format(
                "run-{}: acts {}, {}, {}\n",
                machine.process->life(),
                view->acts,
                view->standing,
                view->leads.holder);
        }
        return text;
    }

  private:
    [[nodiscard]] Mono now() const { return rig_.sim.clock.now().mono; }

    void start(Machine& machine) {
        machine.process = std::make_unique<Operator>(
            rig_.sim,
            rig_.world,
            rig_.source,
            machine.disk,
            fleet::Settings(),
            rig_.env_files,
            &rig_.oracle,
            rig_.witness,
            rig_.doom,
            machine.speed);
        machine.paused = false;
        machine.stopped = false;
        machine.until = Mono();
    }
    /// What was wrong for long enough is well again.
    void mend() {
        for (auto& machine : machines_) {
            if (machine.until != Mono() && now() >= machine.until) {
                mend(machine);
            }
        }
        if (leaderless_ != 0 && now() >= leader_at_) {
            rig_.world.network.lift(std::exchange(leaderless_, 0));
        }
    }
    void mend(Machine& machine) {
        machine.until = Mono();
        if (machine.process == nullptr || machine.stopped) {
            start(machine);
            return;
        }
        machine.process->cut(false);
        if (std::exchange(machine.paused, false)) {
            machine.process->go_on();
        }
    }
    void heal() {
        for (auto& machine : machines_) {
            mend(machine);
        }
        if (leaderless_ != 0) {
            rig_.world.network.lift(std::exchange(leaderless_, 0));
        }
    }
    void something_happens() {
        auto& machine = machines_.at(random_.next() % machines_.size());
        const auto what = random_.next() % 7;
        const auto length = 1s + Duration(random_.next() % 90'000);
        if (what < 4 && machine.until == Mono()) {
            befall(machine, what);
            machine.until = now() + length;
            ++happened_;
        } else if (what == 4) {
            rig_.world.portainer.swarm().configs().erase(kLock);
            ++happened_;
        } else if (what == 5 && leaderless_ == 0) {
            leaderless_ = rig_.lose_leader();
            leader_at_ = now() + 38s;
            ++happened_;
        }
    }
    void befall(Machine& machine, std::uint64_t what) {
        switch (what) {
            case 0:
                machine.process.reset();  // killed
                break;
            case 1:
                machine.process->controller().stop();
                machine.stopped = true;
                break;
            case 2:
                machine.process->pause();
                machine.paused = true;
                break;
            default:
                machine.process->cut(true);
        }
    }

    SeededRandom random_;
    Rig rig_;
    std::array<Machine, 3> machines_;
    int leaderless_ = 0;
    Mono leader_at_{};
    int happened_ = 0;
};

std::uint64_t seeds() {
    const char* text = std::getenv("WAVEGATE_SEVERAL");
    return text == nullptr ? 6 : std::strtoull(text, nullptr, 10);
}

TEST(SeveralOperators, NeverWriteButByTheLockAndConvergeInTheEnd) {
    int happened = 0;
    for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
        Several several(seed);
        several.live_through_trouble();
        EXPECT_TRUE(several.converges()) << "seed " << seed << "\n" << several.story();
        EXPECT_THAT(several.double_writes(), IsEmpty()) << "seed " << seed;
        happened += several.happened();
    }
    std::printf("%llu seeds, %d troubles\n", static_cast<unsigned long long>(seeds()), happened);
}

}  // namespace
}  // namespace wavegate::testing
