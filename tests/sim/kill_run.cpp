#include "tests/sim/kill_run.hpp"

#include "tests/support/scratch_folder.hpp"
#include "tests/support/seeded_random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// What a death may cost: a verdict that is asked anew, a soak that stood still, a write that
/// nobody knows of until it is seen.
constexpr Duration kBound = 1h;

/// An annotation that nobody knows of is made once it can't land any more, a minute later.
constexpr Duration kRest = 3min;

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

/// The World's state, but for ids: a mark names its rollout and the term of who wrote it, and
/// Keycloak makes a secret of the time at which it is asked.
std::string end_of(Rig& rig) {
    auto text = end_state(rig.world);
    const auto* client = rig.world.keycloak.client("mcp-multiplexer");
    if (client != nullptr && !client->secret().empty()) {
        replace_all(text, client->secret(), "SECRET");
    }
    const std::string key = "\"rollout\":\"";
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
        const auto from = at + key.size();
        text.erase(from, text.find('"', from) - from);
    }
    const std::string epoch = "WAVEGATE_EPOCH=";
    for (auto at = text.find(epoch); at != std::string::npos; at = text.find(epoch, at + 1)) {
        const auto from = at + epoch.size();
        text.erase(from, text.find('\n', from) - from);
    }
    return text;
}

void count_stack_writes(const Rig& rig, std::map<std::string, int>& writes) {
    for (const auto& write : rig.world.portainer.writes()) {
        if (!write.by_hand) {
            ++writes[write.what + " of the stack " + write.stack];
        }
    }
    const auto pushes = rig.world.network.count("POST", "git.arpa");
    writes["pushes"] = static_cast<int>(pushes);
}

/// What the World took, by what it does: done again, it would show.
std::map<std::string, int> writes_of(const Rig& rig) {
    std::map<std::string, int> writes;
    count_stack_writes(rig, writes);
    for (const auto& write : rig.world.keycloak.writes()) {
        ++writes[write.method + " of the client " + write.client_id];
    }
    for (const auto& write : rig.world.openbao.writes()) {
        ++writes[write.method + " of the entry " + write.path];
    }
    for (const auto& write : rig.world.eunomia.writes()) {
        const bool made = write.verb == sandbox::EunomiaWrite::Verb::Create;
        ++writes[(made ? "creations of the policy " : "deletions of the policy ") + write.policy];
    }
    for (const auto& write : rig.world.grafana.writes()) {
        ++writes[fmt::format("annotations, verb {}", static_cast<int>(write.verb))];
    }
    return writes;
}

/// What is pushed is deployed.
void judge_branches(Rig& rig, std::vector<std::string>& faults) {
    for (const auto& service : rig.world.plan().services) {
        const auto* stack = rig.world.portainer.stack(service.name);
        if (!service.git || !stack->git) {
            continue;
        }
        auto& repository = rig.world.portainer.git().at(rig.world.repository_url(service.name));
        if (stack->git->hash != repository.at("refs/heads/main")->hash) {
            faults.push_back(service.name + " is behind its branch");
        }
    }
}

KillRun run(const KillScenario& scenario, std::optional<KillPoint> point, Medium medium) {
    const ScratchFolder folder;
    Rig rig(scenario.world, scenario.desired);
    if (medium == Medium::SqliteFile) {
        rig.store_in(folder.path());
    }
    KillRun it;
    if (!scenario.prepare(rig)) {
        it.faults.emplace_back("it does not begin");
    }
    const auto began = rig.sim.clock.now().mono;
    rig.doom.watch();
    if (point) {
        rig.doom.strike_at(*point);
    }
    if (!scenario.play(rig)) {
        it.faults.emplace_back("it does not end as it should");
    }
    it.took = rig.sim.clock.now().mono - began;
    rig.pass_time(kRest);
    it.cause = rig.doom.cause();
    if (rig.doom.deaths() != (point ? 1 : 0)) {
        it.faults.push_back(fmt::format("it died {} times", rig.doom.deaths()));
    }
    rig.doom.bury();
    it.happenings = rig.doom.happenings();
    it.end = end_of(rig);
    it.writes = writes_of(rig);
    judge_branches(rig, it.faults);
    rig.judge_end();
    const auto& violations = rig.oracle.violations();
    it.faults.insert(it.faults.end(), violations.begin(), violations.end());
    it.story = rig.story();
    return it;
}

/// The first line in which they differ.
std::string difference(const std::string& is, const std::string& should) {
    const auto at = std::mismatch(is.begin(), is.end(), should.begin(), should.end()).first;
    const auto offset = static_cast<std::size_t>(at - is.begin());
    const auto line = offset == 0 ? std::string::npos : is.rfind('\n', offset - 1);
    const auto from = line == std::string::npos ? 0 : line + 1;
    return is.substr(from, is.find('\n', offset) - from) + " | " +
           should.substr(from, should.find('\n', std::min(offset, should.size())) - from);
}

}  // namespace

KillRun run_alone(const KillScenario& scenario, Medium medium) {
    return run(scenario, std::nullopt, medium);
}

KillRun
run_killed(const KillScenario& scenario, KillPoint point, const KillRun& alone, Medium medium) {
    auto killed = run(scenario, point, medium);
    if (killed.end != alone.end) {
        killed.faults.push_back("it ends otherwise: " + difference(killed.end, alone.end));
    }
    if (killed.took > alone.took + kBound) {
        killed.faults.push_back(
            fmt::format("it took {} and not {}", to_text(killed.took), to_text(alone.took)));
    }
    for (const auto& [what, times] : killed.writes) {
        const auto at = alone.writes.find(what);
        const int once = at == alone.writes.end() ? 0 : at->second;
        // Sent again while the first is on its way, an update says the same: the oracle sees to
        // that.
        const bool repeats =
            point.death == Death::LandsLate && what.starts_with("update of the stack");
        if (times > once && !repeats) {
            killed.faults.push_back(fmt::format("{} times {} and not {}", times, what, once));
        }
    }
    return killed;
}

std::string
name_of(const KillScenario& scenario, const std::vector<KillPoint>& points, std::size_t index) {
    const auto death = points[index].death;
    const auto first = std::find_if(
        points.begin(), points.end(), [&](const KillPoint& each) { return each.death == death; });
    const auto number = static_cast<std::ptrdiff_t>(index) - (first - points.begin());
    return fmt::format("{}/{}/{}", scenario.name, to_string(death), number);
}

std::vector<std::size_t>
any_of(const std::vector<KillPoint>& points, std::size_t count, std::uint64_t seed) {
    std::vector<std::size_t> all(points.size());
    std::iota(all.begin(), all.end(), 0);
    SeededRandom random(seed);
    for (auto left = all.size(); left > 1; --left) {
        std::swap(all[left - 1], all[random.next() % left]);
    }
    all.resize(std::min(all.size(), count));
    return all;
}

std::vector<std::size_t>
some_of(const std::vector<KillPoint>& points, std::size_t count, std::uint64_t seed) {
    auto all = any_of(points, points.size(), seed);
    // The first of each kind comes before all others.
    std::array<bool, kDeaths> seen{};
    std::stable_partition(all.begin(), all.end(), [&](std::size_t each) {
        return !std::exchange(seen.at(static_cast<std::size_t>(points[each].death)), true);
    });
    all.resize(std::min(all.size(), std::max(count, kDeaths)));
    return all;
}

}  // namespace wavegate::testing
